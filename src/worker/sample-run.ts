import { coerceError, type Json } from '../base/index.ts';
import {
  roles,
  sampleStatuses,
  WireError,
  type AgentOutput,
  type Message,
  type Outcome,
  type SampleIndex,
  type TaskOutput,
} from '../protocol/index.ts';
import type { Session, Task } from '../sdk/index.ts';
import { HistoryView } from './history-view.ts';

/** A sample at one moment. */
export interface SampleState {
  readonly output: Omit<TaskOutput, 'history'>;
  readonly history: HistoryView;
}

/** What a step came to. */
export interface StepResult extends SampleState {
  /** The task threw after its first question: the reference's workers report that as an error reply. */
  readonly failedLate: boolean;
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

/**
 * One live playing of a sample. The task's side sees a `Session`; the wire's side starts it, answers its questions and may cancel
 * it. Between the two at most one step is under way.
 */
export class SampleRun implements Session {
  readonly id: number;
  readonly index: SampleIndex;
  /** Resolves when the task has ended the sample, whatever way, and somebody was told. */
  readonly ended: Promise<void>;
  readonly #task: Task;
  /** It only grows: views of it are held. */
  readonly #history: Message[] = [];
  readonly #abort = new AbortController();
  readonly #end = createDeferred<undefined>();
  /** Whoever waits for the task's next question. */
  #step: Deferred<StepResult> | undefined;
  /** Where the task waits for the agent's answer. */
  #question: Deferred<AgentOutput> | undefined;
  /** The task has ended the sample while the agent was asked: whoever comes next hears of it. */
  #unclaimed: StepResult | undefined;
  #lastAnswer: AgentOutput | undefined;
  #played = 0;
  #asked = false;

  constructor(sample: { readonly id: number; readonly index: SampleIndex; readonly task: Task }) {
    this.id = sample.id;
    this.index = sample.index;
    this.#task = sample.task;
    this.ended = this.#end.promise;
  }

  // The task's side

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get history(): readonly Message[] {
    return this.#history;
  }

  inject(...messages: readonly Message[]): void {
    for (const message of messages) checkMessage(message);
    this.#history.push(...messages);
  }

  async action(...messages: readonly Message[]): Promise<AgentOutput> {
    this.inject(...messages);
    if (this.#question) throw new Error('the task asked the agent again before the agent had answered');
    if (this.signal.aborted) return cancelled;
    this.#asked = true;
    this.#question = createDeferred();
    this.#finishStep({ ...this.describe(), failedLate: false });
    return this.#question.promise;
  }

  // The wire's side

  /** A step of the task is under way. */
  get isStepping(): boolean {
    return this.#step !== undefined;
  }

  get isWaitingForAgent(): boolean {
    return this.#question !== undefined || this.#unclaimed !== undefined;
  }

  get lastAnswer(): AgentOutput | undefined {
    return this.#lastAnswer;
  }

  /** How many of the agent's answers it has taken: the number of its last turn. */
  get played(): number {
    return this.#played;
  }

  /** Starts the task; resolves with its first question or with the sample's end. */
  start(): Promise<StepResult> {
    const step = (this.#step = createDeferred());
    void this.#play();
    return step.promise;
  }

  /**
   * Gives the task the agent's answer; resolves with its next question or with the sample's end, which may have come while the agent
   * was thinking. Throws `task-executing`.
   */
  answer(output: AgentOutput): Promise<StepResult> {
    const unclaimed = this.#unclaimed;
    if (unclaimed) {
      this.#played++;
      this.#claim();
      return Promise.resolve(unclaimed);
    }
    const question = this.#question;
    if (!question || this.#step) throw WireError.of('task-executing');
    const step = (this.#step = createDeferred());
    this.#played++;
    this.#settleQuestion(question, output);
    return step.promise;
  }

  /** Has the task end the sample: its signal is aborted, and its open or next question is answered with `cancelled`. */
  cancel(): void {
    this.#abort.abort(new Error('the sample was cancelled'));
    if (this.#question) this.#settleQuestion(this.#question, cancelled);
    if (this.#unclaimed) this.#claim();
  }

  /** As it is while it is played. */
  describe(): SampleState {
    return this.#describeAs({ index: null, status: 'running', result: null });
  }

  #settleQuestion(question: Deferred<AgentOutput>, output: AgentOutput): void {
    this.#question = undefined;
    this.#lastAnswer = output;
    this.#history.push({ role: 'assistant', content: output.content || output.status });
    question.resolve(output);
  }

  async #play(): Promise<void> {
    let result: StepResult;
    try {
      const outcome = await this.#task.startSample(this.index, this);
      result = { ...this.#describeEnd(checkOutcome(outcome)), failedLate: false };
    } catch (error) {
      const outcome: Outcome = { status: 'task error', result: describeFailure(error) };
      result = { ...this.#describeEnd(outcome), failedLate: this.#asked };
    }
    this.#question = undefined;
    if (!this.#step && !this.signal.aborted) {
      this.#unclaimed = result;
      return;
    }
    this.#end.resolve(undefined);
    this.#finishStep(result);
  }

  #claim(): void {
    this.#unclaimed = undefined;
    this.#end.resolve(undefined);
  }

  #describeEnd({ status, result }: Outcome): SampleState {
    return this.#describeAs({ index: this.index, status, result });
  }

  #describeAs(output: SampleState['output']): SampleState {
    return { output, history: new HistoryView(this.#history) };
  }

  #finishStep(result: StepResult): void {
    const step = this.#step;
    this.#step = undefined;
    step?.resolve(result);
  }
}

const cancelled: AgentOutput = { status: 'cancelled', content: null };

function createDeferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((fulfil) => (resolve = fulfil));
  return { promise, resolve };
}

/** A task's author may be wrong, and then must hear of it here: a message that the wire cannot carry would fail outside the sample. */
function checkMessage(message: unknown): asserts message is Message {
  const { role, content } = (message ?? {}) as { readonly role?: unknown; readonly content?: unknown };
  const hasContent = typeof content === 'string' || (Array.isArray(content) && content.every(isContentPart));
  if ((roles as readonly unknown[]).includes(role) && hasContent) return;
  const shown = JSON.stringify(message)?.slice(0, 200) ?? String(message);
  throw new TypeError(`the task gave ${shown} for a message, which is { role, content }`);
}

function isContentPart(part: unknown): boolean {
  const { type, text, url } = (part ?? {}) as Readonly<Record<string, unknown>>;
  return (type === 'text' && typeof text === 'string') || (type === 'image' && typeof url === 'string');
}

/** A task's author may be wrong: an outcome that the protocol cannot carry is the task's error. */
function checkOutcome(outcome: Outcome): Outcome {
  if (!sampleStatuses.includes(outcome?.status) || (outcome.status as string) === 'running')
    throw new TypeError(`the task ended the sample with the status ${JSON.stringify(outcome?.status)}`);
  const text = JSON.stringify(outcome.result ?? null) as string | undefined;
  if (text === undefined)
    throw new TypeError('the task ended the sample with a result that JSON cannot hold');
  return { status: outcome.status, result: JSON.parse(text) as Json };
}

function describeFailure(error: unknown): string {
  const { name, message } = coerceError(error);
  return `${name}: ${message}`;
}
