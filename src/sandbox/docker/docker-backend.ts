import type Docker from 'dockerode';
import type { Duplex } from 'node:stream';
import { ProctorError } from '../../base/index.ts';
import type { InnerProcess, SandboxBackend, StartOptions } from '../backend.ts';
import { DockerProcess, type ProcessState } from './docker-process.ts';
import { severalTries, type Engine } from './engine.ts';
import { asSandboxFailure, firstProcessLost, isNotRunning } from './engine-error.ts';
import { removeContainer } from './remove-container.ts';

export interface BackendParts {
  readonly engine: Engine;
  readonly id: string;
  readonly folder: string;
  readonly onDestroyed: () => void;
}

/** What the library's types leave out. */
interface Sized extends Docker.ContainerInspectInfo {
  readonly SizeRw?: number;
}

/** A sandbox that is a container. */
export class DockerBackend implements SandboxBackend {
  readonly id: string;
  readonly folder: string;
  readonly #engine: Engine;
  readonly #container: Docker.Container;
  readonly #onDestroyed: () => void;
  readonly #processes = new Set<DockerProcess>();
  #restarts = 0;
  #restarting: Promise<void> | undefined;
  #gone: ProctorError | undefined;
  #removal: Promise<void> | undefined;

  constructor({ engine, id, folder, onDestroyed }: BackendParts) {
    this.id = id;
    this.folder = folder;
    this.#engine = engine;
    this.#container = engine.docker.getContainer(id);
    this.#onDestroyed = onDestroyed;
  }

  async start(argv: readonly string[], options: StartOptions): Promise<InnerProcess> {
    if (this.#gone) throw this.#gone;
    try {
      return await this.#start(argv, options);
    } catch (error) {
      if (!isNotRunning(error)) throw asSandboxFailure(error);
    }
    // The container does not run: its first process can be brought to an end from inside.
    await this.restart();
    try {
      return await this.#start(argv, options);
    } catch (error) {
      throw isNotRunning(error) ? firstProcessLost(error) : asSandboxFailure(error);
    }
  }

  async restart(): Promise<void> {
    if (this.#gone) throw this.#gone;
    this.#restarting ??= this.#restartContainer().finally(() => (this.#restarting = undefined));
    await this.#restarting;
  }

  destroy(): Promise<void> {
    return this.#remove(new ProctorError('sandbox-failed', { reason: 'it was destroyed' }));
  }

  /** Removes it for what was done inside; whoever uses it is told the reason. */
  expel(reason: string): Promise<void> {
    return this.#remove(new ProctorError('sandbox-overfull', { reason }));
  }

  /** Bytes that were written to its file system. */
  async writtenBytes(): Promise<number> {
    const call = { operation: `the size of sandbox ${this.id}` };
    const state: Sized = await this.#engine.call(call, (abortSignal) => {
      const options = { size: true, abortSignal };
      return this.#container.inspect(options);
    });
    return state.SizeRw ?? 0;
  }

  #remove(gone: ProctorError): Promise<void> {
    this.#gone ??= gone;
    this.#removal ??= this.#removeContainer();
    return this.#removal;
  }

  async #removeContainer(): Promise<void> {
    try {
      await removeContainer(this.#engine, this.id);
      this.#onDestroyed();
    } catch (error) {
      // The next call tries again.
      this.#removal = undefined;
      throw asSandboxFailure(error);
    } finally {
      for (const process of this.#processes) process.detach();
    }
  }

  async #restartContainer(): Promise<void> {
    this.#restarts++;
    for (const process of this.#processes) process.end();
    const call = { operation: `the restart of sandbox ${this.id}`, tries: severalTries };
    try {
      await this.#engine.call(call, (abortSignal) => this.#container.restart({ t: 0, abortSignal }));
    } catch (error) {
      throw asSandboxFailure(error);
    }
  }

  async #start(argv: readonly string[], { hasInput }: StartOptions): Promise<InnerProcess> {
    await this.#restarting;
    const restarts = this.#restarts;
    const exec = await this.#createExec(argv, hasInput);
    const call = { operation: `the start of ${argv[0] ?? 'a program'} in sandbox ${this.id}` };
    const stream = await this.#engine.call(call, async (abortSignal) => {
      const started: Duplex = await exec.start({ hijack: true, stdin: hasInput, abortSignal });
      // Too late: nobody waits for it any more.
      if (abortSignal.aborted) started.destroy();
      return started;
    });
    const process: DockerProcess = new DockerProcess({
      stream,
      clock: this.#engine.clock,
      inspect: () => this.#inspect(exec),
      onDetached: () => this.#processes.delete(process),
    });
    this.#processes.add(process);
    if (restarts !== this.#restarts) process.end();
    return process;
  }

  /** Nothing runs of it yet, so that it may be asked for again. */
  #createExec(argv: readonly string[], hasInput: boolean): Promise<Docker.Exec> {
    const call = { operation: `a new process in sandbox ${this.id}`, tries: severalTries };
    return this.#engine.call(call, (abortSignal) =>
      this.#container.exec({
        Cmd: [...argv],
        WorkingDir: '/',
        AttachStdin: hasInput,
        AttachStdout: true,
        AttachStderr: true,
        abortSignal,
      }),
    );
  }

  async #inspect(exec: Docker.Exec): Promise<ProcessState> {
    const call = { operation: `the state of a process in sandbox ${this.id}` };
    const { Pid, Running, ExitCode } = await this.#engine.call(call, (abortSignal) =>
      exec.inspect({ abortSignal }),
    );
    // The engine tells the number of a process a little later than what it prints.
    const wasStarted = Pid > 0 || Running || ExitCode === 0;
    return { wasStarted, isRunning: Running || ExitCode === null, exitCode: ExitCode ?? undefined };
  }
}
