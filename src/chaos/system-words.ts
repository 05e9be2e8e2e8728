import { fileURLToPath } from 'node:url';
import { apiPrefix } from '../protocol/index.ts';

/** Where the parts of the system listen. */
export type Addresses = {
  readonly controllerPort: number;
  readonly workerPorts: readonly number[];
  /** The proxy before the controller, for the assigner and for the workers. */
  readonly assignerProxyPort: number;
  readonly heartbeatProxyPort: number;
  /** The proxies before the workers. */
  readonly workerProxyPorts: readonly number[];
};

/** A minute is enough for faults only where everything else is short. A slow machine needs some of it to be long enough, too. */
const controllerTimes: readonly string[] = [
  ...['--silence-limit', '2s', '--remove-after', '4s', '--sync-timeout', '2s', '--settle', '3s'],
  ...['--session-timeout', '30s', '--step-timeout', '10s', '--cancel-timeout', '10s'],
];
const workerTimes: readonly string[] = ['--heartbeat', '500ms', '--stuck-after', '3s'];
const assignerTimes: readonly string[] = ['--patience', '60s'];

const programFile = fileURLToPath(new URL('../cli/main.js', import.meta.url));

/** The command line of the controller; its memory lies in the folder that it is started in. */
export function controllerWords({ controllerPort }: Addresses): readonly string[] {
  return [
    ...[programFile, 'task-controller', '-p', String(controllerPort), '--store', 'controller.sqlite'],
    ...controllerTimes,
  ];
}

/** The command line of the worker at `position`, 0 the first. */
export function workerWords(addresses: Addresses, position: number): readonly string[] {
  return [
    ...[programFile, 'task-worker', 'echo', '-c', tasksFileOf(position)],
    ...['-p', String(addresses.workerPorts[position])],
    ...['-C', addressOf(addresses.heartbeatProxyPort)],
    ...['-s', addressOf(addresses.workerProxyPorts[position] ?? 0)],
    ...workerTimes,
  ];
}

export function assignerWords(): readonly string[] {
  return [
    ...[programFile, 'assigner', '-c', 'assignment.yaml'],
    ...['--auto-retry', '--max-attempts', '50', '--poison-after', '50'],
    ...assignerTimes,
  ];
}

/** Each worker has a file of its own, since each keeps a journal of its own. */
export function tasksFileOf(position: number): string {
  return `worker-${position + 1}.yaml`;
}

export function addressOf(port: number): string {
  return `http://127.0.0.1:${port}${apiPrefix}`;
}
