import type Docker from 'dockerode';
import type { Mount, SandboxOptions } from '../contract.ts';
import { completeLimits, homeOf, innerEnvironment } from '../sandbox-defaults.ts';

/** On everything that a driver makes: the sandbox's id, whose it is, and the driver that made it. */
export const labelNames = {
  sandbox: 'proctor.sandbox',
  owner: 'proctor.owner',
  driver: 'proctor.driver',
} as const;

export interface ContainerRequest {
  readonly id: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: SandboxOptions;
}

/**
 * The first process: bash, since it takes in the children of those that have died whatever it is doing, waiting for a line that
 * never comes, since a child of its own (`sleep`) would be killed with what a command has started, and signals must not end it.
 */
const firstProcess = [
  '/bin/bash',
  '-c',
  "trap '' HUP INT QUIT TERM USR1 USR2; exec 3<> <(:); while :; do read -r -u 3; done",
];
const firstProcesses = 1;

/**
 * What root inside needs to own files, change users and signal processes. Left out of the usual ones: raw packets, device
 * files, other capabilities (SETPCAP, SETFCAP), chroot and the audit log, which no work in a shell needs.
 */
const capabilities = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'NET_BIND_SERVICE',
  'SETGID',
  'SETUID',
];

/** The usual ones, which must be said again, and the folder of the control groups, which some engines leave writable. */
const readonlyPaths = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
  '/sys/fs/cgroup',
];

export function containerOptions(request: ContainerRequest): Docker.ContainerCreateOptions {
  const { id, image, labels, options } = request;
  const { memory, cpus, pids, disk } = completeLimits(options);
  return {
    name: id,
    Image: image,
    Labels: { ...labels },
    Entrypoint: '',
    Cmd: firstProcess,
    User: '0:0',
    Hostname: 'sandbox',
    WorkingDir: homeOf(options),
    Env: Object.entries(innerEnvironment(options)).map(([name, value]) => `${name}=${value}`),
    StopSignal: 'SIGKILL',
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      NetworkMode: options.network ?? 'none',
      Mounts: (options.mounts ?? []).map(bindMount),
      Memory: memory,
      // The same as memory: no swap beside it.
      MemorySwap: memory,
      NanoCpus: Math.round(cpus * 1e9),
      PidsLimit: pids + firstProcesses,
      Ulimits: resourceLimits(disk),
      CapDrop: ['ALL'],
      CapAdd: capabilities,
      ReadonlyPaths: readonlyPaths,
      SecurityOpt: ['no-new-privileges'],
      // What is written to the first process's output would fill the host's disk.
      LogConfig: { Type: 'none', Config: {} },
      RestartPolicy: { Name: 'no' },
    },
  };
}

function bindMount({ source, target, writable = false }: Mount): Docker.MountSettings {
  return { Type: 'bind', Source: source, Target: target, ReadOnly: !writable };
}

/**
 * Said outright, since Podman's own wishes for the first two are more than an engine with few rights can give. No file may be
 * larger than the whole disk: that holds at once, while the sum of all files is looked at now and then.
 */
function resourceLimits(disk: number): Docker.Ulimit[] {
  return [
    { Name: 'nofile', Soft: 1024, Hard: 4096 },
    { Name: 'nproc', Soft: 4096, Hard: 4096 },
    { Name: 'core', Soft: 0, Hard: 0 },
    { Name: 'fsize', Soft: disk, Hard: disk },
  ];
}
