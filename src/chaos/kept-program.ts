import { sleep, type Clock } from '../base/index.ts';
import { startProgram, type Ending, type Program, type ProgramSetting } from './program.ts';

export interface KeptProgramSetting extends ProgramSetting {
  readonly clock: Clock;
  /** How it is asked to end. */
  readonly endSignal: 'SIGTERM' | 'SIGINT';
  /** Told of each end that nobody asked for; false when it is not to be started again. */
  readonly onOwnEnd: (ending: Ending) => boolean;
  /** Told when it did not end within the limit of being asked. */
  readonly onStuck: () => void;
}

/** One that was asked to end is given so long, also when it is stopped meanwhile. */
const endLimitMs = 20_000;
/** Before one that ended by itself is started again. */
const pauseMs = 400;

/** A program that is started again whenever it ends, until it is put down. */
export class KeptProgram {
  readonly #setting: KeptProgramSetting;
  readonly #down = new AbortController();
  #program: Program | undefined;
  /** Ends that were asked for, one after the other. */
  #ends: Promise<unknown> = Promise.resolve();
  #isEndExpected = false;
  #resolveFinished: () => void = () => undefined;
  /** Resolves when it has ended by itself and is not to be started again. */
  readonly finished = new Promise<void>((resolve) => (this.#resolveFinished = resolve));
  starts = 0;

  constructor(setting: KeptProgramSetting) {
    this.#setting = setting;
    this.#start();
  }

  /** Ends it with SIGKILL and starts it again after a pause. This and the next two give whether it was there to be struck. */
  kill(holdMs: number): Promise<boolean> {
    return this.#endAndStart('SIGKILL', holdMs);
  }

  /** Asks it to end and starts it again after a pause. */
  restart(holdMs: number): Promise<boolean> {
    return this.#endAndStart(this.#setting.endSignal, holdMs);
  }

  /** Stops its process for a while, when it is there again after an end under way. */
  async stopFor(holdMs: number): Promise<boolean> {
    await this.#ends;
    const program = this.#program;
    if (!program?.send('SIGSTOP')) return false;
    await sleep(this.#setting.clock, holdMs, this.#down.signal).catch(() => undefined);
    program.send('SIGCONT');
    return true;
  }

  /** Asks it to end, for good. */
  async putDown(): Promise<void> {
    this.#down.abort();
    await this.#ends;
    this.#program?.send('SIGCONT');
    await this.#end(this.#setting.endSignal);
  }

  #endAndStart(signal: NodeJS.Signals, holdMs: number): Promise<boolean> {
    const done = this.#ends.then(async () => {
      if (this.#down.signal.aborted) return false;
      const isStruck = await this.#end(signal);
      await sleep(this.#setting.clock, holdMs, this.#down.signal).catch(() => undefined);
      if (!this.#down.signal.aborted) this.#start();
      return isStruck;
    });
    this.#ends = done;
    return done;
  }

  async #end(signal: NodeJS.Signals): Promise<boolean> {
    const program = this.#program;
    if (!program) return false;
    this.#isEndExpected = true;
    const isStruck = program.send(signal);
    const limit = new AbortController();
    const tooLong = sleep(this.#setting.clock, endLimitMs, limit.signal).then(
      () => {
        this.#setting.onStuck();
        program.send('SIGKILL');
      },
      () => undefined,
    );
    await program.exited;
    limit.abort();
    await tooLong;
    this.#program = undefined;
    return isStruck;
  }

  #start(): void {
    const program = startProgram(this.#setting);
    this.#program = program;
    this.#isEndExpected = false;
    this.starts++;
    void program.exited.then((ending) => this.#handleEnd(program, ending));
  }

  #handleEnd(program: Program, ending: Ending): void {
    if (this.#program !== program || this.#isEndExpected) return;
    this.#program = undefined;
    if (!this.#setting.onOwnEnd(ending)) {
      this.#resolveFinished();
      this.#down.abort();
      return;
    }
    this.#ends = this.#ends.then(async () => {
      await sleep(this.#setting.clock, pauseMs, this.#down.signal).catch(() => undefined);
      if (!this.#down.signal.aborted && !this.#program) this.#start();
    });
  }
}
