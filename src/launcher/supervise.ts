import type { Clock, Timer } from '../base/index.ts';
import type { ProcessCommand } from './process-command.ts';
import type { ProcessEvents, ProcessExit, RunningProcess } from './process-launcher.ts';
import { decideRestart, type RestartPolicy } from './restart-policy.ts';
import { watchLiveness, type LivenessWatch } from './watch-liveness.ts';

/**
 * - `running`: its process lives
 * - `pausing`: it ended unasked and is started again after a pause
 * - `given-up`: it crashed too often in a row
 * - `refused`: its configuration is wrong or its program is missing; a restart would not help
 * - `stopped`: it was asked to stop
 */
export type SupervisedState = 'running' | 'pausing' | 'given-up' | 'refused' | 'stopped';

export interface SupervisorObserver {
  readonly onLine: (label: string, line: string) => void;
  readonly onListening?: (label: string, port: number) => void;
  readonly onCrash?: (label: string, crash: { readonly how: string; readonly pauseMs: number }) => void;
  readonly onGiveUp?: (label: string, end: { readonly how: string; readonly crashes: number }) => void;
  readonly onRefusal?: (label: string, how: string) => void;
  /** It ended because it had done its share, and is started again at once. */
  readonly onRecycle?: (label: string) => void;
}

export interface SupervisorDependencies {
  readonly clock: Clock;
  readonly policy: RestartPolicy;
  /** A program of ours that listens and answers no ping for so long is killed and started again. */
  readonly stuckAfterMs: number;
  readonly start: (command: ProcessCommand, events: ProcessEvents) => RunningProcess;
  readonly observer: SupervisorObserver;
}

interface Entry {
  readonly commandFor: (port: number | undefined) => ProcessCommand;
  readonly label: string;
  state: SupervisedState;
  process: RunningProcess | undefined;
  startedMs: number;
  crashes: number;
  port: number | undefined;
  isListening: boolean;
  /** At any of its starts. */
  hasListened: boolean;
  pause: Timer | undefined;
  liveness: LivenessWatch | undefined;
  /** Why its process was killed here. */
  stuck: string | undefined;
}

/** The exit code by which a program of ours says that its usage or configuration is wrong. */
const wrongConfigurationCode = 2;
/** The exit code by which a program of ours asks for a fresh one in its place. */
const recycleCode = 75;

/**
 * Keeps programs running: kills one that stands still, starts a crashed one again with growing pauses, gives up loudly, and stops
 * all at the end.
 */
export class Supervisor {
  readonly #dependencies: SupervisorDependencies;
  readonly #entries = new Map<string, Entry>();
  #tellAllLost: () => void = () => undefined;
  /** Resolves when no program is left that runs or will run again, though none was asked to stop. */
  readonly allLost: Promise<void>;

  constructor(dependencies: SupervisorDependencies) {
    this.#dependencies = dependencies;
    this.allLost = new Promise((resolve) => (this.#tellAllLost = resolve));
  }

  /**
   * Starts a program and keeps it running. The command is made anew for each start, with the port that an earlier start
   * reported, so that it comes back at the same address.
   */
  add(label: string, commandFor: Entry['commandFor']): void {
    const entry: Entry = {
      commandFor,
      label,
      state: 'running',
      process: undefined,
      startedMs: 0,
      crashes: 0,
      port: undefined,
      isListening: false,
      hasListened: false,
      pause: undefined,
      liveness: undefined,
      stuck: undefined,
    };
    this.#entries.set(label, entry);
    this.#start(entry);
  }

  stateOf(label: string): SupervisedState | undefined {
    return this.#entries.get(label)?.state;
  }

  /** The port that the running process reported; undefined before that, and for programs that do not report one. */
  portOf(label: string): number | undefined {
    const entry = this.#entries.get(label);
    return entry?.isListening ? entry.port : undefined;
  }

  pidOf(label: string): number | undefined {
    return this.#entries.get(label)?.process?.pid;
  }

  /** Asks all programs to end and waits for it; ends them with their trees after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    const entries = this.#markStopped();
    await Promise.all(entries.map((entry) => entry.process?.stop(graceMs)));
  }

  /** Ends all programs with their trees at once. */
  kill(): void {
    for (const entry of this.#markStopped()) entry.process?.kill();
  }

  #markStopped(): Entry[] {
    const entries = [...this.#entries.values()];
    for (const entry of entries) {
      entry.pause?.cancel();
      entry.liveness?.stop();
      entry.state = 'stopped';
    }
    return entries;
  }

  #start(entry: Entry): void {
    const { clock, observer } = this.#dependencies;
    entry.state = 'running';
    entry.isListening = false;
    entry.stuck = undefined;
    entry.startedMs = clock.now();
    const process = this.#dependencies.start(entry.commandFor(entry.port), {
      onLine: (line) => observer.onLine(entry.label, line),
      onListening: (port) => {
        entry.port = port;
        entry.isListening = true;
        entry.hasListened = true;
        if (entry.state === 'running') this.#watch(entry, process);
        observer.onListening?.(entry.label, port);
      },
      onPong: () => entry.liveness?.hear(),
    });
    entry.process = process;
    void process.exited.then((exit) => {
      entry.liveness?.stop();
      entry.process = undefined;
      if (entry.state !== 'stopped') this.#decide(entry, exit);
    });
  }

  #watch(entry: Entry, process: RunningProcess): void {
    const { clock, stuckAfterMs } = this.#dependencies;
    entry.liveness?.stop();
    entry.liveness = watchLiveness({
      clock,
      stuckAfterMs,
      ping: () => process.ping(),
      onStuck: (silentMs) => {
        entry.stuck = `was killed: its event loop stood still for ${Math.round(silentMs / 100) / 10} s`;
        process.kill();
      },
    });
  }

  #decide(entry: Entry, exit: ProcessExit): void {
    const { clock, policy, observer } = this.#dependencies;
    // One that never listened has done nothing: without a pause it would come and go for ever.
    const isRecycled = exit.code === recycleCode && entry.isListening && entry.stuck === undefined;
    entry.isListening = false;
    if (isRecycled) {
      entry.crashes = 0;
      observer.onRecycle?.(entry.label);
      return this.#start(entry);
    }
    const how = entry.stuck ?? describeExit(exit);
    // A program that has worked before has no wrong configuration: somebody may have its port for a moment.
    const isWrong = exit.code === wrongConfigurationCode && !entry.hasListened;
    if (exit.reason !== undefined || isWrong) {
      entry.state = 'refused';
      observer.onRefusal?.(entry.label, how);
      return this.#tellWhenAllLost();
    }
    // A program that stood still was up long enough to do its work until a sample held it up: no row of crashes comes of that.
    const earlier = entry.stuck === undefined ? entry.crashes : 0;
    const decision = decideRestart(policy, earlier, clock.now() - entry.startedMs);
    entry.crashes = decision.crashes;
    if (decision.kind === 'give-up') {
      entry.state = 'given-up';
      observer.onGiveUp?.(entry.label, { how, crashes: decision.crashes });
      return this.#tellWhenAllLost();
    }
    entry.state = 'pausing';
    observer.onCrash?.(entry.label, { how, pauseMs: decision.pauseMs });
    entry.pause = clock.after(decision.pauseMs, () => this.#start(entry));
  }

  #tellWhenAllLost(): void {
    const isAlive = ({ state }: Entry) => state === 'running' || state === 'pausing';
    if (![...this.#entries.values()].some(isAlive)) this.#tellAllLost();
  }
}

/** How a process ended, for a person. */
export function describeExit({ code, signal, reason }: ProcessExit): string {
  if (reason !== undefined) return `could not be started: ${reason}`;
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}
