import type { PairProgress, SampleEvent, SampleFailure } from '../../assigner/index.ts';
import type { Cause } from '../../protocol/index.ts';

/** Where an agent, or all of them together, stands. */
export type Progress = {
  readonly label: string;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  /** The same by whose doing it was; causes without any are left out. */
  readonly failedBy: ReadonlyMap<Cause, number>;
  readonly running: number;
  /** Samples finished each second since this evaluation began; 0 before the first. */
  readonly perSecond: number;
  /** Until the end at this speed; undefined before the first sample. */
  readonly remainingMs: number | undefined;
};

interface Count {
  total: number;
  done: number;
  readonly failedBy: Map<Cause, number>;
  running: number;
  /** Ended since this evaluation began. */
  ended: number;
}

/** Counts an evaluation's events, by agent. */
export class ProgressState {
  readonly #counts = new Map<string, Count>();
  #startedMs = 0;

  start(pairs: readonly PairProgress[], nowMs: number): void {
    this.#startedMs = nowMs;
    for (const { agent, total, completed } of pairs) {
      const count = this.#countOf(agent);
      count.total += total;
      count.done += completed;
    }
  }

  sampleStart({ agent }: SampleEvent): void {
    this.#countOf(agent).running++;
  }

  sampleEnd({ agent }: SampleEvent): void {
    const count = this.#countOf(agent);
    count.running--;
    count.done++;
    count.ended++;
  }

  /** A failure that is tried again is not counted: the sample is still to be played. */
  sampleFailed({ agent, cause, retryInMs }: SampleFailure): void {
    const count = this.#countOf(agent);
    count.running--;
    if (retryInMs !== undefined) return;
    addTo(count.failedBy, cause, 1);
    count.ended++;
  }

  sampleReturn({ agent }: SampleEvent): void {
    this.#countOf(agent).running--;
  }

  /** One entry an agent, in the order of the plan. */
  byAgent(nowMs: number): readonly Progress[] {
    return [...this.#counts].map(([agent, count]) => this.#describe(agent, count, nowMs));
  }

  overall(nowMs: number): Progress {
    const sum = makeCount();
    for (const { total, done, failedBy, running, ended } of this.#counts.values()) {
      sum.total += total;
      sum.done += done;
      sum.running += running;
      sum.ended += ended;
      for (const [cause, count] of failedBy) addTo(sum.failedBy, cause, count);
    }
    return this.#describe('all', sum, nowMs);
  }

  #countOf(agent: string): Count {
    const count = this.#counts.get(agent) ?? makeCount();
    this.#counts.set(agent, count);
    return count;
  }

  #describe(label: string, { total, done, failedBy, running, ended }: Count, nowMs: number): Progress {
    const elapsedMs = Math.max(1, nowMs - this.#startedMs);
    const perSecond = (ended * 1000) / elapsedMs;
    const failed = [...failedBy.values()].reduce((sum, count) => sum + count, 0);
    const left = Math.max(0, total - done - failed);
    const remainingMs = ended === 0 ? undefined : (left * elapsedMs) / ended;
    return { label, total, done, failed, failedBy, running, perSecond, remainingMs };
  }
}

function makeCount(): Count {
  return { total: 0, done: 0, failedBy: new Map(), running: 0, ended: 0 };
}

function addTo(counts: Map<Cause, number>, cause: Cause, count: number): void {
  counts.set(cause, (counts.get(cause) ?? 0) + count);
}
