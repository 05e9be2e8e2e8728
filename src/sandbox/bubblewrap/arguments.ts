import { quoteWord } from '../../base/index.ts';
import type { SandboxOptions } from '../contract.ts';
import { innerEnvironment } from '../sandbox-defaults.ts';
import { mountText, type MountRequest } from './mounts.ts';

/** The number of the file descriptor on which bwrap tells the number of its first process. */
export const infoChannel = 3;
/** Of a process that joins, since Node closes the input of a child that has ended, and what it started may still read. */
export const inputChannel = 4;
const userChannel = 5;
const filterChannel = 6;
const pidChannel = 7;
/** Input, output and error output of the process that the first one has ready. */
export const spareChannels = [7, 8, 9] as const;

export interface Place {
  readonly mounts: MountRequest;
  /** The files to write the number of a process to, so that it is limited. */
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

const bash = ['/bin/bash', '--norc', '-c'];

/** To be written to the input of the first process of a sandbox once it is limited. */
export const goAhead = 'go\n';

/**
 * The first process of a sandbox: it makes the files and the name spaces, and when it ends the kernel kills all others. Meanwhile whoever
 * starts it makes the groups that limit it, and gives the go-ahead. bwrap ends with its parent, so nothing outlives the process that made
 * the sandbox.
 */
export function firstProcessArgv(place: Place): readonly string[] {
  const user = place.mounts.isRoot ? [] : ['--user', '--map-root-user'];
  const begin = `${closeInherited(spareChannels)}${limitText(place)}`;
  const text = `${begin}${mountText(place.mounts)} &&\nread -r go && exec ${firstProcessWords(place)} ${filterOf(place)}`;
  return ['unshare', '--mount', ...user, '--propagation', 'private', ...bash, text];
}

/** The first process once more, after the one before was ended: the files are there already. */
export function nextFirstProcessArgv(place: Place, spaces: MountSpaces): readonly string[] {
  const enter = ['nsenter', ...enterMounts(spaces), '--'].map(quoteWord).join(' ');
  const begin = `${closeInherited(spareChannels)}${limitText(place)}${joinText(place.cgroup)}`;
  return [...bash, `${begin} && exec ${enter} ${firstProcessWords(place)} ${filterOf(place)}`];
}

/**
 * Another process of the sandbox. It joins the name spaces of the first one and sees the same files. Without `--die-with-parent`: bwrap
 * forks twice here, and the child would die with the one in between if that is slow to end; it ends with the first process anyway.
 */
export function joiningArgv(place: Place, spaces: MountSpaces, start: Joining): readonly string[] {
  const { firstPid, argv } = start;
  const space = (name: string) => `/proc/${firstPid}/ns/${name}`;
  const joined = ['ipc', 'uts', ...(isAlone(place) ? ['net'] : [])].map((name) => `--${name}=${space(name)}`);
  const bwrap = [
    ...['bwrap', '--userns', String(userChannel), '--pidns', String(pidChannel)],
    ...insideArguments(place),
    ...[
      '--',
      '/bin/sh',
      '-c',
      `exec "$@" <&${inputChannel} ${inputChannel}<&- ${userChannel}<&- ${pidChannel}<&-`,
    ],
    'begin',
  ];
  const words = ['nsenter', ...enterMounts(spaces), ...joined, '--', ...bwrap].map(quoteWord).join(' ');
  const channels = `${userChannel}<${space('user')} ${pidChannel}<${space('pid')} ${filterOf(place)}`;
  const begin = `${closeInherited([inputChannel])}${limitText(place)}${joinText(place.cgroup)}`;
  // Each word of the program stays one: the kernel limits the length of one, and the text above has its own.
  return [...bash, `${begin} && exec ${words} "$@" ${channels}`, 'join', ...argv];
}

export interface Joining {
  /** The number on the host of the process whose name spaces are joined. */
  readonly firstPid: number;
  readonly argv: readonly string[];
}

/** What a spare process reads when it is used: one line, and then it is the program. */
export function spareLine(argv: readonly string[]): string {
  const words = argv.map((word) => quoteWord(word).replaceAll('\n', `'"$newline"'`));
  return `exec ${words.join(' ')}\n`;
}

/** A process is there before it is known what it is for, so that the first command does not wait for one. */
const spareText = `newline='
'
IFS= read -r line && eval "$line"`;

/**
 * It reaps what loses its parent, no signal from inside ends it, and it ends with its input. As a job of its own, the spare process can
 * be interrupted.
 */
function firstProcess(): readonly string[] {
  const [input, output, errors] = spareChannels;
  const close = `${infoChannel}>&- ${input}<&- ${output}>&- ${errors}>&-`;
  const spare = `/bin/sh -c ${quoteWord(spareText)} spare <&${input} >&${output} 2>&${errors} ${close}`;
  const text = `set -m; ${spare} & set +m; exec ${close}; trap : HUP INT TERM; echo up; while read -r line; do :; done`;
  return [...bash, text];
}

function firstProcessWords(place: Place): string {
  const spaces = ['user', 'pid', 'ipc', 'uts', 'cgroup-try', ...(isAlone(place) ? ['net'] : [])];
  const bwrap = [
    ...['bwrap', '--die-with-parent', '--as-pid-1', '--info-fd', String(infoChannel)],
    ...spaces.map((name) => `--unshare-${name}`),
    ...['--uid', '0', '--gid', '0', '--hostname', 'sandbox'],
    ...insideArguments(place),
  ];
  return [...bwrap, '--', ...firstProcess()].map(quoteWord).join(' ');
}

function enterMounts({ mount, user }: MountSpaces): string[] {
  return [...(user === undefined ? [] : [`--user=${user}`, '--preserve-credentials']), `--mount=${mount}`];
}

function filterOf({ filter }: Place): string {
  return `${filterChannel}<${quoteWord(filter)}`;
}

/** What this process has inherited without knowing it must not reach the inside; bwrap passes on what is open. */
function closeInherited(kept: readonly number[]): string {
  const isKept = [...kept.map((channel) => `fd == ${channel}`), `fd <= ${infoChannel}`].join(' || ');
  return `for file in /proc/self/fd/*; do fd=\${file##*/}; ((${isKept})) || eval "exec $fd>&-"; done\n`;
}

function isAlone({ options }: Place): boolean {
  return options.network !== 'host';
}

/** Nothing of the sandbox starts without the limits. Of open files as many as this process could have. */
function limitText({ processLimits }: Place): string {
  if (!processLimits) return 'ulimit -Sn hard\n';
  return `ulimit -Sn hard; ulimit -v ${Math.ceil(processLimits.memory / 1024)} && ulimit -u ${processLimits.pids} || exit\n`;
}

/** Joins the groups that limit it, if there are any. */
function joinText(cgroup: readonly string[]): string {
  return [':', ...cgroup.map((file) => `echo $$ >${quoteWord(file)}`)].join(' && ');
}

/** What is the same for all processes of a sandbox: what they see, and what they may not. */
function insideArguments({ mounts: { folder }, options }: Place): string[] {
  const environment = Object.entries(innerEnvironment(options)).flatMap(([name, value]) => [
    '--setenv',
    name,
    value,
  ]);
  return [
    // Of /proc a part is the kernel's own settings, and /dev is a file system in memory without a limit.
    ...['--bind', `${folder}/root`, '/', '--proc', '/proc', '--remount-ro', '/proc', '--dev', '/dev'],
    // The same for all processes, which /dev is not.
    ...['--bind-try', `${folder}/root/dev/shm`, '/dev/shm', '--remount-ro', '/dev'],
    ...(options.network === 'host' ? ['--ro-bind-try', '/etc/resolv.conf', '/etc/resolv.conf'] : []),
    ...['--clearenv', ...environment, '--chdir', '/', '--new-session', '--cap-drop', 'ALL'],
    ...['--seccomp', String(filterChannel)],
  ];
}
