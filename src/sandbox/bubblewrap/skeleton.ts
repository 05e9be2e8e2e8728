import { chmod, cp, lstat, mkdir, readlink, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** What of the host's /etc a sandbox may see: what programs need to start, and nothing that tells of users, keys or networks. */
const sharedSettings = [
  'alternatives',
  'bash.bashrc',
  'bash_completion.d',
  'debconf.conf',
  'debian_version',
  'dpkg',
  'inputrc',
  'issue',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'login.defs',
  'mime.types',
  'os-release',
  'perl',
  'profile',
  'protocols',
  'python3',
  'python3.11',
  'rpc',
  'services',
  'shells',
  'skel',
  'terminfo',
  'timezone',
];

/** Links of a merged /usr, or folders of their own on older systems; both are shown as they are. */
const programFolders = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];

const emptyFolders = [
  'dev/shm',
  'etc',
  'home',
  'media',
  'mnt',
  'opt',
  'proc',
  'root',
  'run',
  'srv',
  'tmp',
  'usr',
  'var/cache',
  'var/lib',
  'var/log',
  'var/mail',
  'var/spool',
  'var/tmp',
];

const users = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
bin:x:2:2:bin:/bin:/usr/sbin/nologin
sys:x:3:3:sys:/dev:/usr/sbin/nologin
sync:x:4:65534:sync:/bin:/bin/sync
games:x:5:60:games:/usr/games:/usr/sbin/nologin
man:x:6:12:man:/var/cache/man:/usr/sbin/nologin
mail:x:8:8:mail:/var/mail:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
backup:x:34:34:backup:/var/backups:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`;

const groups = `root:x:0:
daemon:x:1:
bin:x:2:
sys:x:3:
adm:x:4:
tty:x:5:
disk:x:6:
mail:x:8:
man:x:12:
cdrom:x:24:
sudo:x:27:
www-data:x:33:
backup:x:34:
shadow:x:42:
games:x:60:
users:x:100:
nogroup:x:65534:
`;

/**
 * Makes the bottom layer of a root that shows this machine's programs: folders of the host that hold no programs are empty in it.
 * Gives the folders of the host that are shown on top of it.
 */
export async function makeSkeleton(folder: string): Promise<readonly string[]> {
  for (const name of emptyFolders) await mkdir(path.join(folder, name), { recursive: true });
  await chmod(path.join(folder, 'root'), 0o700);
  for (const name of ['tmp', 'var/tmp', 'dev/shm']) await chmod(path.join(folder, name), 0o1777);
  const shown = ['usr'];
  for (const name of programFolders) {
    const kind = await lstat(`/${name}`).catch(() => undefined);
    if (kind?.isSymbolicLink()) await symlink(await readlink(`/${name}`), path.join(folder, name));
    else if (kind?.isDirectory()) {
      await mkdir(path.join(folder, name));
      shown.push(name);
    }
  }
  await makeSettings(path.join(folder, 'etc'));
  return shown;
}

async function makeSettings(folder: string): Promise<void> {
  for (const name of sharedSettings) await copyIfThere(`/etc/${name}`, path.join(folder, name));
  const own = {
    passwd: users,
    group: groups,
    hosts: '127.0.0.1 localhost sandbox\n',
    hostname: 'sandbox\n',
    'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
  };
  for (const [name, text] of Object.entries(own)) await writeFile(path.join(folder, name), text);
}

/** Some are missing on some systems, which no program of a sandbox has to care about. */
async function copyIfThere(source: string, target: string): Promise<void> {
  if (!(await lstat(source).catch(() => undefined))) return;
  await cp(source, target, { recursive: true, verbatimSymlinks: true });
}
