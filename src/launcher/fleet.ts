import { ProctorError, type Clock } from '../base/index.ts';
import { apiPrefix, type Transport } from '../protocol/index.ts';
import { fleetMark, startGuard, type Guard } from './guard.ts';
import type { WorkerLaunch } from './plan.ts';
import type { OwnProgram } from './process-command.ts';
import { startProcess } from './process-launcher.ts';
import { defaultRestartPolicy, type RestartPolicy } from './restart-policy.ts';
import { Supervisor, type SupervisorDependencies, type SupervisorObserver } from './supervise.ts';
import { waitForWorkers, type AwaitedWorker, type ReadyObserver } from './wait-ready.ts';
import { logLevelArguments, selfAddress, tlsCaArguments } from './worker-arguments.ts';
import { workerCommand } from './worker-command.ts';

/** A worker to start, and what it needs beside its place. */
export type FleetWorker = {
  readonly launch: WorkerLaunch;
  /** The file with its task's definition. */
  readonly configFile: string;
  /** The name that the controller will list it under. */
  readonly listedName: string;
};

export interface FleetObserver extends SupervisorObserver, ReadyObserver {
  /** No worker of that task runs or will run again. */
  readonly onTaskLost?: (task: string) => void;
  /** The controller that was started here is gone for good. */
  readonly onControllerLost?: () => void;
}

export interface FleetDependencies {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly own: OwnProgram;
  readonly observer: FleetObserver;
  readonly policy?: RestartPolicy;
  /** A program of ours whose event loop has stood still for so long is killed and started again. */
  readonly stuckAfterMs: number;
}

/** Where a controller is to listen, and what it is told beside that. */
export interface ControllerPlace {
  readonly host: string;
  readonly port: number;
  /** More arguments of `proctor task-controller`. */
  readonly flags?: readonly string[];
}

/** Together below ten seconds, with a second each for the kernel to end what is killed. */
const workersGraceMs = 5_500;
const controllerGraceMs = 2_000;

const controllerLabel = 'task-controller';

/** A controller and workers as processes of their own: started, supervised, waited for, and stopped together. */
export class Fleet {
  readonly #dependencies: FleetDependencies;
  readonly #workers: Supervisor;
  readonly #members = new Map<string, AwaitedWorker & { readonly startedTask: string }>();
  readonly #awaited = new Set<string>();
  readonly #stopped = new AbortController();
  #controller: Supervisor | undefined;
  #controllerAddress = '';
  #guard: Guard | undefined;

  constructor(dependencies: FleetDependencies) {
    this.#dependencies = dependencies;
    this.#workers = this.#createSupervisor(this.#watchWorkers());
  }

  /** Resolves when no worker runs or will run again; true when each of them found its configuration wrong. */
  get allLost(): Promise<boolean> {
    return this.#workers.allLost.then(() =>
      [...this.#members.keys()].every((label) => this.#workers.stateOf(label) === 'refused'),
    );
  }

  /** Starts a controller and gives its address once it listens. Throws `controller-lost` when it ends before. */
  async startController(place: ControllerPlace): Promise<string> {
    const { observer } = this.#dependencies;
    const own = this.#guardedProgram();
    let hear: (port: number) => void = () => undefined;
    const listening = new Promise<number>((resolve) => (hear = resolve));
    const supervisor = this.#createSupervisor({
      ...observer,
      onListening: (label, port) => {
        hear(port);
        observer.onListening?.(label, port);
      },
    });
    this.#controller = supervisor;
    supervisor.add(controllerLabel, (knownPort) => ({
      ...own,
      label: controllerLabel,
      arguments: [
        ...own.arguments,
        'task-controller',
        '--host',
        place.host,
        '--port',
        String(knownPort ?? place.port),
        ...(place.flags ?? []),
        ...tlsCaArguments(own.tlsCa),
        ...logLevelArguments(own.logLevel),
      ],
      hasChannel: true,
    }));
    const lost = supervisor.allLost.then(() => undefined);
    const port = await Promise.race([listening, lost]);
    if (port === undefined) throw new ProctorError('controller-lost', { address: addressOf(place.port) });
    void lost.then(() => observer.onControllerLost?.());
    return addressOf(port);
  }

  /** Starts the workers; they join the controller at that address, which need not be one that was started here. */
  startWorkers(workers: readonly FleetWorker[], controllerAddress: string): void {
    this.#controllerAddress = controllerAddress;
    const own = this.#guardedProgram();
    if (workers.some(({ launch }) => launch.docker)) this.#guard?.watchContainers();
    for (const { launch, configFile, listedName } of workers) {
      const { label, task } = launch;
      const hasChannel = launch.program === 'own' && !launch.docker;
      const addressWhenListening = () => {
        const port = hasChannel ? this.#workers.portOf(label) : launch.port;
        return port === undefined ? undefined : selfAddress(port);
      };
      this.#members.set(label, { task: listedName, label, startedTask: task, address: addressWhenListening });
      this.#workers.add(label, (knownPort) =>
        workerCommand({
          launch: { ...launch, port: knownPort ?? launch.port },
          controller: controllerAddress,
          configFile,
          stuckAfterMs: this.#dependencies.stuckAfterMs,
          own,
        }),
      );
    }
  }

  /** Resolves when the controller has listed every worker; rejects only with the signal's reason. */
  async waitUntilReady(signal: AbortSignal): Promise<void> {
    await this.#waitFor([...this.#members.values()], AbortSignal.any([signal, this.#stopped.signal]));
  }

  /** Stops workers, then the controller; whatever does not end by itself is ended with its whole tree. Below 10 s. */
  async stop(): Promise<void> {
    this.#stopped.abort(new Error('stopped'));
    await this.#workers.stop(workersGraceMs);
    await this.#controller?.stop(controllerGraceMs);
    this.#guard?.dismiss();
  }

  /** Ends everything at once. */
  kill(): void {
    this.#stopped.abort(new Error('stopped'));
    this.#workers.kill();
    this.#controller?.kill();
    this.#guard?.dismiss();
  }

  /** This program, whose processes are ended also when this one is killed. */
  #guardedProgram(): OwnProgram {
    const { own } = this.#dependencies;
    this.#guard ??= startGuard(own.environment);
    return { ...own, environment: { ...own.environment, [fleetMark]: this.#guard.mark } };
  }

  #createSupervisor(observer: SupervisorObserver): Supervisor {
    const { clock, stuckAfterMs, policy = defaultRestartPolicy } = this.#dependencies;
    const start: SupervisorDependencies['start'] = (command, events) => startProcess(command, events, clock);
    return new Supervisor({ clock, policy, stuckAfterMs, start, observer });
  }

  #watchWorkers(): SupervisorObserver {
    const { observer } = this.#dependencies;
    return {
      ...observer,
      onCrash: (label, crash) => {
        observer.onCrash?.(label, crash);
        this.#waitAgain(label);
      },
      onRecycle: (label) => {
        observer.onRecycle?.(label);
        this.#waitAgain(label);
      },
      onGiveUp: (label, end) => {
        observer.onGiveUp?.(label, end);
        this.#tellLostTask(label);
      },
      onRefusal: (label, how) => {
        observer.onRefusal?.(label, how);
        this.#tellLostTask(label);
      },
    };
  }

  #waitAgain(label: string): void {
    const member = this.#members.get(label);
    if (!member || this.#awaited.has(label)) return;
    // Rejects only when the fleet is stopped.
    this.#waitFor([member], this.#stopped.signal).catch(() => undefined);
  }

  async #waitFor(workers: readonly AwaitedWorker[], signal: AbortSignal): Promise<void> {
    const { clock, transport, observer } = this.#dependencies;
    const controller = { transport, address: this.#controllerAddress };
    for (const { label } of workers) this.#awaited.add(label);
    const onReady = (label: string, waitedMs: number) => {
      this.#awaited.delete(label);
      observer.onReady(label, waitedMs);
    };
    await waitForWorkers(workers, { controller, clock, signal, observer: { ...observer, onReady } });
  }

  #tellLostTask(label: string): void {
    const task = this.#members.get(label)?.startedTask;
    if (task === undefined) return;
    const isAlive = ([other, member]: readonly [string, { readonly startedTask: string }]) =>
      member.startedTask === task && ['running', 'pausing'].includes(this.#workers.stateOf(other) ?? '');
    if (![...this.#members].some(isAlive)) this.#dependencies.observer.onTaskLost?.(task);
  }
}

function addressOf(port: number): string {
  return `http://localhost:${port}${apiPrefix}`;
}
