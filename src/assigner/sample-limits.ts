import type { Clock, Timer } from '../base/index.ts';
import type { ReachedLimit, TokenUsage } from '../protocol/index.ts';

/** How far a sample may go; what is absent is not limited. */
export interface SampleLimits {
  /** From its session's start to its end, pauses between two evaluations left out. */
  readonly wallMs?: number;
  /** Answers of the agent. */
  readonly turns?: number;
  /** Tokens read and written by the agent's model, as far as the agent tells. */
  readonly agentTokens?: number;
  /** One step of the task. The controller holds it; here it is only told in the failure. */
  readonly stepSeconds?: number;
}

/** What a sample has used of its limits, beside its turns. */
export interface SpentBudget {
  readonly ms: number;
  readonly tokens: number;
}

export interface BudgetStart {
  readonly limits: SampleLimits;
  readonly clock: Clock;
  /** The evaluation's stop. */
  readonly stop: AbortSignal;
  /** By the evaluations before this one. */
  readonly spent?: SpentBudget | undefined;
}

/** Counts what one sample uses, and ends what it waits for when its time is up, whether or not that obeys. */
export class SampleBudget {
  /** Aborted by the evaluation's stop and by the end of the sample's time. */
  readonly signal: AbortSignal;
  readonly #limits: SampleLimits;
  readonly #clock: Clock;
  readonly #overtime = new AbortController();
  readonly #spentMs: number;
  #tokens: number;
  #startMs: number | undefined;
  #timer: Timer | undefined;

  constructor({ limits, clock, stop, spent = { ms: 0, tokens: 0 } }: BudgetStart) {
    this.#limits = limits;
    this.#clock = clock;
    this.#spentMs = spent.ms;
    this.#tokens = spent.tokens;
    this.signal = limits.wallMs === undefined ? stop : AbortSignal.any([stop, this.#overtime.signal]);
  }

  get spent(): SpentBudget {
    const ranMs = this.#startMs === undefined ? 0 : this.#clock.now() - this.#startMs;
    return { ms: this.#spentMs + ranMs, tokens: this.#tokens };
  }

  /** From here on time counts. */
  begin(): void {
    this.#startMs = this.#clock.now();
    const { wallMs } = this.#limits;
    if (wallMs === undefined) return;
    const end = () => this.#overtime.abort(new Error('the time for this sample is over'));
    this.#timer = this.#clock.after(Math.max(0, wallMs - this.#spentMs), end);
  }

  noteUsage({ inputTokens, outputTokens }: TokenUsage): void {
    this.#tokens += inputTokens + outputTokens;
  }

  /** The limit that a sample is at after so many turns, if it is at one. */
  check(turns: number): ReachedLimit | undefined {
    const { wallMs, turns: most, agentTokens } = this.#limits;
    const { ms, tokens } = this.spent;
    if (wallMs !== undefined && (this.#overtime.signal.aborted || ms >= wallMs))
      return { name: 'sampleSeconds', limit: wallMs / 1000, reached: Math.max(wallMs, ms) / 1000 };
    if (most !== undefined && turns >= most) return { name: 'turns', limit: most, reached: turns };
    if (agentTokens !== undefined && tokens > agentTokens)
      return { name: 'agentTokens', limit: agentTokens, reached: tokens };
    return undefined;
  }

  close(): void {
    this.#timer?.cancel();
  }
}

/** Tells once of each agent that does not say what its answers cost although that is limited. */
export class UsageWatch {
  readonly #notice: (message: string) => void;
  readonly #told = new Set<string>();

  constructor(notice: (message: string) => void) {
    this.#notice = notice;
  }

  noteMissing(agent: string): void {
    if (this.#told.has(agent)) return;
    this.#told.add(agent);
    this.#notice(
      `The agent ${agent} does not say how many tokens its answers cost: the limit on tokens cannot hold for it`,
    );
  }
}
