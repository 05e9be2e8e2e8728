import type { SandboxOptions } from '../contract.ts';
import { innerEnvironment } from '../sandbox-defaults.ts';
import { quoteWord } from '../shell-words.ts';
import { mountText, type MountRequest } from './mounts.ts';

/** The number of the file descriptor on which bwrap tells the number of its first process. */
export const infoChannel = 3;
const userChannel = 4;
const pidChannel = 5;
const filterChannel = 6;

export interface Place {
  readonly mounts: MountRequest;
  /** The files to write one's number to, in order to be limited. */
  readonly cgroup: readonly string[];
  /** Limits of each process, where the kernel gives no groups. */
  readonly processLimits: { readonly memory: number; readonly pids: number } | undefined;
  /** A file with the filter of system calls. */
  readonly filter: string;
  readonly options: SandboxOptions;
}

/** The files by which the kernel names the name spaces that hold a sandbox's mounts. */
export interface MountSpaces {
  readonly mount: string;
  /** That the mounts belong to, where this is not root. */
  readonly user: string | undefined;
}

/**
 * The first process of a sandbox: it makes the files and the name spaces, and when it ends the kernel kills all others. bwrap ends with
 * its parent, so nothing outlives the process that made the sandbox. Read by bash on the host, like all texts here.
 */
export function firstProcessText(place: Place, argv: readonly string[]): string {
  const { isRoot } = place.mounts;
  const user = isRoot ? [] : ['--user', '--map-root-user'];
  const text = `${mountText(place.mounts)} &&\nexec ${firstProcessWords(place, argv)}`;
  const words = ['unshare', '--mount', ...user, '--propagation', 'private', '/bin/sh', '-c', text].map(
    quoteWord,
  );
  return `${limitText(place)}exec ${words.join(' ')} ${filterOf(place)}`;
}

/** The first process once more, after the one before was ended: the files are there already. */
export function nextFirstProcessText(place: Place, spaces: MountSpaces, argv: readonly string[]): string {
  const enter = ['nsenter', ...enterMounts(spaces), '--'].map(quoteWord).join(' ');
  return `${limitText(place)}exec ${enter} ${firstProcessWords(place, argv)} ${filterOf(place)}`;
}

/**
 * Another process of the sandbox. It joins the name spaces of the first one and sees the same files. Without `--die-with-parent`: bwrap
 * forks twice here, and the child would die with the one in between if that is slow to end; it ends with the first process anyway.
 */
export function joiningText(place: Place, spaces: MountSpaces, start: Joining): string {
  const { firstPid, folder, argv } = start;
  const space = (name: string) => `/proc/${firstPid}/ns/${name}`;
  const joined = ['ipc', 'uts', ...(isAlone(place) ? ['net'] : [])].map((name) => `--${name}=${space(name)}`);
  const bwrap = [
    ...['bwrap', '--userns', String(userChannel), '--pidns', String(pidChannel)],
    ...insideArguments(place, folder),
    ...['--', ...withoutChannels, ...argv],
  ];
  const words = ['nsenter', ...enterMounts(spaces), ...joined, '--', ...bwrap].map(quoteWord).join(' ');
  const channels = `${userChannel}<${space('user')} ${pidChannel}<${space('pid')} ${filterOf(place)}`;
  return `${limitText(place)}exec ${words} ${channels}`;
}

export interface Joining {
  /** The number on the host of the process whose name spaces are joined. */
  readonly firstPid: number;
  readonly folder: string;
  readonly argv: readonly string[];
}

function firstProcessWords(place: Place, argv: readonly string[]): string {
  const spaces = ['user', 'pid', 'ipc', 'uts', 'cgroup-try', ...(isAlone(place) ? ['net'] : [])];
  const bwrap = [
    ...['bwrap', '--die-with-parent', '--as-pid-1', '--info-fd', String(infoChannel)],
    ...spaces.map((name) => `--unshare-${name}`),
    ...['--uid', '0', '--gid', '0', '--hostname', 'sandbox'],
    ...insideArguments(place, '/'),
  ];
  return [...bwrap, '--', ...argv].map(quoteWord).join(' ');
}

function enterMounts({ mount, user }: MountSpaces): string[] {
  return [...(user === undefined ? [] : [`--user=${user}`, '--preserve-credentials']), `--mount=${mount}`];
}

function filterOf({ filter }: Place): string {
  return `${filterChannel}<${quoteWord(filter)}`;
}

/** bwrap leaves them open to what it starts. */
const withoutChannels = ['/bin/sh', '-c', `exec "$@" ${userChannel}<&- ${pidChannel}<&-`, 'start'];

/** What this process has inherited without knowing it must not reach the inside. */
const closeInherited = `for file in /proc/self/fd/*; do
fd=\${file##*/}; ((fd <= ${infoChannel})) || eval "exec $fd>&-"
done
`;

function isAlone({ options }: Place): boolean {
  return options.network !== 'host';
}

/** As many open files as container engines allow, where this user may; else as many as this process could have. */
const mostFiles = 'ulimit -n 1048576 2>/dev/null || ulimit -Sn "$(ulimit -Hn)"\n';

/** For bash on the host: nothing that follows is without the limits. */
function limitText({ cgroup, processLimits }: Place): string {
  const joinGroups = cgroup.map((file) => `echo $$ >${quoteWord(file)} && `).join('');
  const limits = processLimits
    ? `ulimit -v ${Math.ceil(processLimits.memory / 1024)} && ulimit -u ${processLimits.pids} && `
    : '';
  return `${closeInherited}${mostFiles}${joinGroups}${limits}`;
}

/** What is the same for all processes of a sandbox: what they see, and what they may not. */
function insideArguments({ mounts: { folder }, options }: Place, workingFolder: string): string[] {
  const environment = Object.entries(innerEnvironment(options)).flatMap(([name, value]) => [
    '--setenv',
    name,
    value,
  ]);
  const binds = (options.mounts ?? []).flatMap(({ source, target, writable = false }) => [
    writable ? '--bind' : '--ro-bind',
    source,
    target,
  ]);
  return [
    ...['--bind', `${folder}/root`, '/', '--proc', '/proc', '--dev', '/dev'],
    ...['--bind', `${folder}/tmp`, '/tmp', '--bind', `${folder}/shm`, '/dev/shm'],
    ...(options.network === 'host' ? ['--ro-bind-try', '/etc/resolv.conf', '/etc/resolv.conf'] : []),
    ...binds,
    ...['--clearenv', ...environment, '--chdir', workingFolder, '--new-session', '--cap-drop', 'ALL'],
    ...['--seccomp', String(filterChannel)],
  ];
}
