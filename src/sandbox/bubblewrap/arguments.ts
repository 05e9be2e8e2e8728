import type { SandboxOptions } from '../contract.ts';
import { innerEnvironment } from '../sandbox-defaults.ts';
import { quoteWord } from '../shell-words.ts';

/** The number of the file descriptor on which bwrap tells the number of its first process. */
export const infoChannel = 3;
const userChannel = 4;
const pidChannel = 5;
const filterChannel = 6;

export interface Place {
  /** The process that holds the mounts, and where they are in its name space. */
  readonly holderPid: number;
  readonly folder: string;
  /** The files to write one's number to, in order to be limited. */
  readonly cgroup: readonly string[];
  /** Limits of each process, where the kernel gives no groups. */
  readonly processLimits: { readonly memory: number; readonly pids: number } | undefined;
  /** A file with the filter of system calls. */
  readonly filter: string;
  readonly options: SandboxOptions;
  readonly isRoot: boolean;
}

/**
 * The first process of a sandbox: it makes the name spaces, and when it ends the kernel kills all others. bwrap ends with its parent,
 * so nothing outlives the process that made the sandbox.
 */
export function firstProcessText(place: Place, argv: readonly string[]): string {
  const spaces = ['user', 'pid', 'ipc', 'uts', 'cgroup-try', ...(isAlone(place) ? ['net'] : [])];
  const bwrap = [
    ...['bwrap', '--die-with-parent', '--as-pid-1', '--info-fd', String(infoChannel)],
    ...spaces.map((name) => `--unshare-${name}`),
    ...['--uid', '0', '--gid', '0', '--hostname', 'sandbox'],
    ...insideArguments(place, '/'),
  ];
  return chain(place, ['--mount'], [...bwrap, '--', ...argv]);
}

/**
 * Another process of the sandbox. It joins the name spaces of the first one and sees the same files. Without `--die-with-parent`: bwrap
 * forks twice here, and the child would die with the one in between if that is slow to end; it ends with the first process anyway.
 */
export function joiningText(
  place: Place,
  firstPid: number,
  start: { folder: string; argv: readonly string[] },
): string {
  const spaces = ['ipc', 'uts', ...(isAlone(place) ? ['net'] : [])].map(
    (name) => `--${name}=/proc/${firstPid}/ns/${name}`,
  );
  const bwrap = [
    ...['bwrap', '--userns', String(userChannel), '--pidns', String(pidChannel)],
    ...insideArguments(place, start.folder),
  ];
  const channels = ` ${userChannel}</proc/${firstPid}/ns/user ${pidChannel}</proc/${firstPid}/ns/pid`;
  return `${chain(place, ['--mount', ...spaces], [...bwrap, '--', ...withoutChannels, ...start.argv])}${channels}`;
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

/** To be run by bash on the host: it joins the limits first, so that nothing that follows is without them. */
function chain(place: Place, spaces: readonly string[], bwrap: readonly string[]): string {
  const { cgroup, processLimits, holderPid, isRoot, filter } = place;
  const joinGroups = cgroup.map((file) => `echo $$ >${quoteWord(file)} && `).join('');
  const limits = processLimits
    ? `ulimit -v ${Math.ceil(processLimits.memory / 1024)} && ulimit -u ${processLimits.pids} && `
    : '';
  const user = isRoot ? [] : [`--user=/proc/${holderPid}/ns/user`, '--preserve-credentials'];
  const mount = spaces.map((space) => (space === '--mount' ? `--mount=/proc/${holderPid}/ns/mnt` : space));
  const words = ['nsenter', ...user, ...mount, '--', ...bwrap].map(quoteWord).join(' ');
  return `${closeInherited}${joinGroups}${limits}exec ${words} ${filterChannel}<${quoteWord(filter)}`;
}

/** What is the same for all processes of a sandbox: what they see, and what they may not. */
function insideArguments({ folder, options }: Place, workingFolder: string): string[] {
  const environment = Object.entries(innerEnvironment(options)).flatMap(([name, value]) => [
    '--setenv',
    name,
    value,
  ]);
  const mounts = (options.mounts ?? []).flatMap(({ source, target, writable = false }) => [
    writable ? '--bind' : '--ro-bind',
    source,
    target,
  ]);
  return [
    ...['--bind', `${folder}/root`, '/', '--proc', '/proc', '--dev', '/dev'],
    ...['--bind', `${folder}/tmp`, '/tmp', '--bind', `${folder}/shm`, '/dev/shm'],
    ...(options.network === 'host' ? ['--ro-bind-try', '/etc/resolv.conf', '/etc/resolv.conf'] : []),
    ...mounts,
    ...['--clearenv', ...environment, '--chdir', workingFolder, '--new-session', '--cap-drop', 'ALL'],
    ...['--seccomp', String(filterChannel)],
  ];
}
