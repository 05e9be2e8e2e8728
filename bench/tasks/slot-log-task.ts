import { writeFileSync } from 'node:fs';
import type { Outcome, SampleIndex, Session, TaskContext } from '../../src/sdk/index.ts';
import { createRandom } from '../random.ts';

export interface SlotLogParameters {
  readonly samples: number;
  readonly turns: number;
  /** Each turn takes a time between these two, by chance. */
  readonly shortestMs: number;
  readonly longestMs: number;
  readonly seed: number;
  /** Where the moments go when the worker stops. */
  readonly logFile: string;
}

/** In milliseconds since the epoch with a fraction, in the order in which they came. */
export interface SlotLog {
  readonly startsMs: number[];
  readonly endsMs: number[];
}

/** An echo task that notes when samples start and end: at the worker, where a slot is taken and given back. */
export class SlotLogTask {
  readonly #parameters: SlotLogParameters;
  readonly #log: SlotLog = { startsMs: [], endsMs: [] };

  constructor(parameters: SlotLogParameters, _context: TaskContext) {
    this.#parameters = parameters;
  }

  getIndices(): readonly SampleIndex[] {
    return Array.from({ length: this.#parameters.samples }, (_none, index) => index);
  }

  async startSample(index: SampleIndex, session: Session): Promise<Outcome> {
    this.#log.startsMs.push(now());
    const { turns, shortestMs, longestMs, seed } = this.#parameters;
    const random = createRandom(seed * 1_000_003 + Number(index));
    for (let turn = 1; turn <= turns; turn++) {
      await session.action({ role: 'user', content: `turn ${turn} of ${turns}` });
      const delayMs = shortestMs + random() * (longestMs - shortestMs);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
    this.#log.endsMs.push(now());
    return { status: 'completed', result: { score: 1 } };
  }

  calculateOverall(): { readonly score: number } {
    return { score: 1 };
  }

  release(): void {
    writeFileSync(this.#parameters.logFile, JSON.stringify(this.#log));
  }
}

function now(): number {
  return performance.timeOrigin + performance.now();
}
