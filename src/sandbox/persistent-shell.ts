import { ProctorError, type Clock } from '../base/index.ts';
import type { SandboxBackend } from './backend.ts';
import type { CommandOptions, CommandResult, Shell } from './contract.ts';
import { LiveShell, type LiveResult } from './live-shell.ts';
import { defaultOutputLimit, defaultTimeLimitMs } from './sandbox-defaults.ts';

/** A shell that is there for every command: when one ends it, the next finds a new one. */
export class PersistentShell implements Shell {
  readonly #backend: SandboxBackend;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  #live: LiveShell;
  /** The command that runs. */
  #running: Promise<CommandResult> | undefined;

  private constructor(backend: SandboxBackend, clock: Clock, live: LiveShell) {
    this.#backend = backend;
    this.#clock = clock;
    this.#live = live;
  }

  static async start(backend: SandboxBackend, clock: Clock): Promise<PersistentShell> {
    return new PersistentShell(backend, clock, await LiveShell.start(backend, clock));
  }

  async run(command: string, options: CommandOptions = {}): Promise<CommandResult> {
    if (this.#running) throw this.#failed('was given a command before the last one had ended');
    if (this.#closing.signal.aborted) throw this.#failed('was closed');
    const running = this.#run(command, options);
    this.#running = running;
    try {
      return await running;
    } finally {
      this.#running = undefined;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running?.catch(() => undefined);
    this.#live.close();
  }

  async #run(command: string, options: CommandOptions): Promise<CommandResult> {
    const { timeLimitMs = defaultTimeLimitMs, outputLimit = defaultOutputLimit } = options;
    const signals = [this.#closing.signal, ...(options.signal ? [options.signal] : [])];
    if (this.#live.hasEnded) await this.#renew();
    const limits = { timeLimitMs, outputLimit, signal: AbortSignal.any(signals) };
    return await this.#conclude(await this.#live.run(command, limits));
  }

  #failed(reason: string): ProctorError {
    return new ProctorError('sandbox-failed', { reason: `its shell ${reason}` });
  }

  async #renew(): Promise<void> {
    this.#live = await LiveShell.start(this.#backend, this.#clock);
  }

  /** The next shell is started at once: where that fails it was not the command that ended the last one, but the sandbox. */
  async #conclude({ stopped, end, output }: LiveResult): Promise<CommandResult> {
    if (end.ended && !this.#closing.signal.aborted) await this.#renew();
    const ending = stopped ?? (end.ended ? 'shell-ended' : 'exited');
    const exitCode = stopped ? undefined : end.exitCode;
    return { ending, exitCode, output: output.captured(), stateKept: !end.ended };
  }
}
