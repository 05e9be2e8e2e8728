import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { sleep, type Clock } from '../base/index.ts';
import type { ProcessCommand } from './process-command.ts';
import { killLeftovers, killProcessTree, launchMark, sendSignal } from './process-tree.ts';
import { splitLines } from './split-lines.ts';

/** How a process ended; `reason` when it could not even be started. */
export type ProcessExit = {
  readonly code: number | null;
  readonly signal: string | null;
  readonly reason?: string;
};

export interface ProcessEvents {
  /** One line of what the program prints. */
  readonly onLine: (line: string) => void;
  /** One of ours listens now. */
  readonly onListening: (port: number) => void;
  /** One of ours has answered a ping. */
  readonly onPong: () => void;
}

/** A process that was started, with all that it starts. */
export interface RunningProcess {
  readonly pid: number | undefined;
  /** Resolves when it has ended and nothing that it started is left. */
  readonly exited: Promise<ProcessExit>;
  /** Asks one of ours for a sign of life; nothing for the others. */
  ping(): void;
  /** Asks it to end, and ends it with its whole tree after `graceMs`. */
  stop(graceMs: number): Promise<void>;
  /** Ends it with its whole tree at once. */
  kill(): void;
}

/** After SIGKILL the kernel needs a moment; longer than this nobody waits. */
const killWaitMs = 1_000;

/**
 * Starts a program at the head of its own process group, so that the terminal's Ctrl-C does not reach it and the whole tree can
 * be ended. One of ours has a channel to this process and stops by itself when this process is gone.
 */
export function startProcess(command: ProcessCommand, events: ProcessEvents, clock: Clock): RunningProcess {
  const mark = randomUUID();
  const child = spawn(command.command, command.arguments, {
    cwd: command.folder,
    detached: true,
    env: { ...command.environment, [launchMark]: mark },
    stdio: ['ignore', 'pipe', 'pipe', command.hasChannel ? 'ipc' : 'ignore'],
  });
  if (child.stdout) splitLines(child.stdout, events.onLine);
  if (child.stderr) splitLines(child.stderr, events.onLine);
  child.on('message', (message) => {
    const port = readListeningPort(message);
    if (port !== undefined) events.onListening(port);
    if (isPong(message)) events.onPong();
  });
  const exited = waitForExit(child, mark);
  const kill = () => {
    if (command.killCommand) runDetached(command);
    if (child.pid !== undefined && !hasEnded(child)) killProcessTree(child.pid, mark);
  };
  return {
    pid: child.pid,
    exited,
    kill,
    ping() {
      // It may end in this very moment: its end is told elsewhere.
      if (child.connected) child.send({ type: 'ping' }, () => undefined);
    },
    async stop(graceMs) {
      if (child.pid !== undefined && !hasEnded(child)) sendSignal(child.pid, 'SIGTERM');
      if (await endsWithin(exited, graceMs, clock)) return;
      kill();
      await endsWithin(exited, killWaitMs, clock);
    },
  };
}

function waitForExit(child: ChildProcess, mark: string): Promise<ProcessExit> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, reason: error.message });
    });
    child.once('exit', (code, signal) => {
      if (child.pid !== undefined) killLeftovers(child.pid, mark);
      // Its last lines come before its end is told.
      child.once('close', () => resolve({ code, signal }));
    });
  });
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function endsWithin(exited: Promise<unknown>, limitMs: number, clock: Clock): Promise<boolean> {
  const given = new AbortController();
  const ended = exited.then(() => true);
  const expired = sleep(clock, limitMs, given.signal).then(
    () => false,
    () => true,
  );
  const result = await Promise.race([ended, expired]);
  given.abort();
  return result;
}

/** The command ends by itself; its outcome changes nothing, since the container is gone with it or was gone before. */
function runDetached({ killCommand, environment, folder }: ProcessCommand): void {
  if (!killCommand) return;
  const options = { cwd: folder, env: { ...environment }, stdio: 'ignore', detached: true } as const;
  const child = spawn(killCommand.command, killCommand.arguments, options);
  child.once('error', () => undefined);
}

function isPong(message: unknown): boolean {
  return typeof message === 'object' && message !== null && (message as { type?: unknown }).type === 'pong';
}

function readListeningPort(message: unknown): number | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { type, port } = message as { readonly type?: unknown; readonly port?: unknown };
  return type === 'listening' && typeof port === 'number' ? port : undefined;
}
