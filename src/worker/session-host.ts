import { withDeadline, type Clock, type Json, type Logger } from '../base/index.ts';
import {
  WireError,
  type AgentOutput,
  type SampleIndex,
  type SessionReply,
  type WireTaskOutput,
} from '../protocol/index.ts';
import type { Task } from '../sdk/index.ts';
import { KeptReplies } from './kept-replies.ts';
import { repeatResult, type LastReply } from './last-reply.ts';
import type { WorkerOptions } from './options.ts';
import { SampleRun, type StepResult } from './sample-run.ts';
import { describeReply, showState } from './session-reply.ts';

/** Hears of each session's start and end. */
export interface SessionWatcher {
  onStart(id: number, owner: string | undefined): void;
  onEnd(id: number): void;
  /** It was cancelled, and its task does not end it. */
  onAbandon(id: number): void;
}

interface HostDependencies {
  readonly task: Task;
  readonly concurrency: number;
  /** Show the agent only the newest messages that fit into so many segments; without it, everything. */
  readonly historySegments: number | undefined;
  readonly watcher: SessionWatcher;
  readonly clock: Clock;
  readonly log: Logger;
  readonly options: WorkerOptions;
}

interface SampleStart {
  readonly id: number;
  readonly index: SampleIndex;
  /** Who it is started for, where the start said so. */
  readonly owner?: string | undefined;
  /** Names this start, where it may be sent again. */
  readonly startId?: string | undefined;
}

interface HostedSession {
  readonly run: SampleRun;
  readonly owner: string | undefined;
  readonly startId: string | undefined;
  /** Of its last turn. */
  result: Promise<StepResult>;
  /** It was cancelled, and its task has not ended it in time. */
  isAbandoned: boolean;
}

export interface TurnRequest {
  readonly id: number;
  readonly answer: AgentOutput;
  /** The answer's number, from 1, where the client counts. */
  readonly turn?: number | undefined;
  /** How many messages of the history the client has, where it says so. */
  readonly since?: number | undefined;
}

/** The sessions of one worker: at most `concurrency` at once, each holding its slot until its task has ended it. */
export class SessionHost {
  readonly #dependencies: HostDependencies;
  readonly #sessions = new Map<number, HostedSession>();
  readonly #kept: KeptReplies;
  #draining = false;

  constructor(dependencies: HostDependencies) {
    this.#dependencies = dependencies;
    this.#kept = new KeptReplies(dependencies.clock, dependencies.options);
  }

  get current(): number {
    return this.#sessions.size;
  }

  /** Whether something is under way that may still come to its end. */
  get isBusy(): boolean {
    return [...this.#sessions.values()].some(({ isAbandoned }) => !isAbandoned);
  }

  /** Session id → sample index. */
  list(): Record<string, SampleIndex> {
    return Object.fromEntries([...this.#sessions].map(([id, { run }]) => [String(id), run.index]));
  }

  /** Session id → owner, of those that have one. */
  owners(): ReadonlyMap<number, string> {
    const owned = [...this.#sessions].map(([id, { owner }]) => [id, owner] as const);
    return new Map(owned.filter((entry): entry is [number, string] => entry[1] !== undefined));
  }

  find(id: number): SampleRun {
    const session = this.#sessions.get(id);
    if (!session) throw WireError.of('no-such-session');
    return session.run;
  }

  /**
   * Starts a sample; the same named start again gets the reply of the first. When nobody waits for the first question of a start
   * without a name, nobody will answer it: the sample is ended again.
   */
  async start(sample: SampleStart, isClientGone: () => boolean): Promise<SessionReply> {
    const { id, index, owner, startId } = sample;
    const { task, concurrency } = this.#dependencies;
    const last = this.#lastReply(id);
    if (last && startId !== undefined && last.startId === startId)
      return this.#reply(id, await repeatResult(last, 0));
    if (this.#draining) throw WireError.of('worker-draining');
    if (this.#sessions.has(id)) throw WireError.of('session-exists');
    if (this.#sessions.size >= concurrency) throw WireError.of('sample-limit', { limit: concurrency });
    this.#kept.drop(id);
    const run = new SampleRun({ id, index, task });
    const result = this.#begin(run, { isLost: () => startId === undefined && isClientGone() });
    const session = { run, owner, startId, result, isAbandoned: false };
    this.#sessions.set(id, session);
    this.#dependencies.watcher.onStart(id, owner);
    void run.ended.then(() => this.#end(id, session));
    const first = this.#reply(id, await result);
    // As in `interact`: what a task says of a sample that was cancelled before its first question is no outcome.
    if (startId !== undefined && run.signal.aborted) throw WireError.of('no-such-session');
    return first;
  }

  /**
   * Plays the session's next turn; the turn that was played last gets its reply again. Throws `turn-mismatch` and others, and
   * `no-such-session` to who counts turns when the sample was cancelled meanwhile: what its task then says is no outcome.
   */
  async interact(request: TurnRequest): Promise<SessionReply> {
    const { id, turn, since } = request;
    const session = this.#sessions.get(id);
    const reply = this.#reply(id, await this.#playTurn(session, request), since);
    if (turn !== undefined && session?.run.signal.aborted) throw WireError.of('no-such-session');
    return reply;
  }

  /** Cancels a sample and waits for its end; throws `sample-unfinished` when its task does not obey in time. */
  async cancel(id: number): Promise<void> {
    const { clock, options, log } = this.#dependencies;
    const run = this.find(id);
    run.cancel();
    const limitMs = options.cancelGraceMs;
    try {
      await withDeadline({ clock, limitMs, operation: `cancelling session ${id}` }, () => run.ended);
    } catch {
      this.#abandon(id, run);
      log.error(`session ${id} (sample ${run.index}) was cancelled and has not ended after ${limitMs} ms`);
      throw WireError.of('sample-unfinished', { limitMs });
    }
  }

  /** Cancels every sample; resolves when all have ended or their grace is over. */
  async cancelAll(): Promise<void> {
    await Promise.allSettled([...this.#sessions.keys()].map((id) => this.cancel(id)));
  }

  /** Takes no new sample from now on. */
  drain(): void {
    this.#draining = true;
  }

  /** Forgets the replies of ended sessions. */
  close(): void {
    this.#kept.clear();
  }

  /** The sample as the agent is shown it. */
  show(run: SampleRun): WireTaskOutput {
    return showState(run.describe(), this.#dependencies.historySegments);
  }

  #playTurn(session: HostedSession | undefined, { id, answer, turn }: TurnRequest): Promise<StepResult> {
    const last = turn === undefined ? undefined : this.#lastReply(id);
    if (last && turn !== undefined && !(session && turn === last.turn + 1)) return repeatResult(last, turn);
    if (!session) throw WireError.of('no-such-session');
    const { run } = session;
    session.result = this.#noteFailure(run, run.answer(answer));
    return session.result;
  }

  /** Of a session that lives or has ended lately. A cancelled one has none unless its task is still at the step. */
  #lastReply(id: number): LastReply | undefined {
    const session = this.#sessions.get(id);
    if (!session) return this.#kept.find(id);
    if (session.run.signal.aborted && !session.run.isStepping) return undefined;
    return describeLastReply(session);
  }

  #abandon(id: number, run: SampleRun): void {
    const session = this.#sessions.get(id);
    if (session?.run !== run) return;
    session.isAbandoned = true;
    this.#dependencies.watcher.onAbandon(id);
  }

  /** The one moment at which a session goes over from the living to the kept. */
  #end(id: number, session: HostedSession): void {
    this.#sessions.delete(id);
    if (!session.run.signal.aborted) this.#kept.keep(id, describeLastReply(session));
    this.#dependencies.watcher.onEnd(id);
  }

  async #begin(run: SampleRun, { isLost }: { readonly isLost: () => boolean }): Promise<StepResult> {
    const result = await this.#noteFailure(run, run.start());
    if (!isLost()) return result;
    this.#dependencies.log.warn(
      `sample ${run.index} (session ${run.id}) is cancelled: whoever started it is gone`,
    );
    run.cancel();
    return result;
  }

  async #noteFailure(run: SampleRun, step: Promise<StepResult>): Promise<StepResult> {
    const result = await step;
    const { output } = result;
    if (output.status === 'task error')
      this.#dependencies.log.error(
        `sample ${run.index} (session ${run.id}): ${JSON.stringify(output.result)}`,
      );
    return result;
  }

  /** In the form that one request asks for. Throws the 501 of a task that failed late. */
  #reply(id: number, result: StepResult, since?: number): SessionReply {
    const { historySegments } = this.#dependencies;
    const reply = describeReply(id, result, { historySegments, since });
    if (result.failedLate) throw new WireError(501, reply as unknown as Json);
    return reply;
  }
}

function describeLastReply({ run, startId, result }: HostedSession): LastReply {
  return { turn: run.played, startId, result };
}
