import { withDeadline, type Clock, type Json, type Logger } from '../base/index.ts';
import {
  agentbench,
  WireError,
  type AgentOutput,
  type SampleIndex,
  type SessionReply,
  type TaskOutput,
  type WireTaskOutput,
} from '../protocol/index.ts';
import type { Task } from '../sdk/index.ts';
import type { WorkerOptions } from './options.ts';
import { SampleRun, type StepResult } from './sample-run.ts';
import { trimHistory } from './trim-history.ts';

interface HostDependencies {
  readonly task: Task;
  readonly concurrency: number;
  /** Show the agent only the newest messages that fit into so many segments; without it, everything. */
  readonly historySegments: number | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly options: WorkerOptions;
}

interface SampleStart {
  readonly id: number;
  readonly index: SampleIndex;
  /** Who it is started for, where the start said so. */
  readonly owner?: string | undefined;
}

/** The sessions of one worker: at most `concurrency` at once, each holding its slot until its task has ended it. */
export class SessionHost {
  readonly #dependencies: HostDependencies;
  readonly #runs = new Map<number, SampleRun>();
  readonly #owners = new Map<number, string>();
  #draining = false;

  constructor(dependencies: HostDependencies) {
    this.#dependencies = dependencies;
  }

  get current(): number {
    return this.#runs.size;
  }

  /** Session id → sample index. */
  list(): Record<string, SampleIndex> {
    return Object.fromEntries([...this.#runs].map(([id, run]) => [String(id), run.index]));
  }

  /** Session id → owner, of those that have one. */
  owners(): Record<string, string> {
    return Object.fromEntries([...this.#owners].map(([id, owner]) => [String(id), owner]));
  }

  find(id: number): SampleRun {
    const run = this.#runs.get(id);
    if (!run) throw WireError.of('no-such-session');
    return run;
  }

  /** Starts a sample. When nobody waits for its first question any more, nobody will answer it: it is ended again. */
  async start(sample: SampleStart, isClientGone: () => boolean): Promise<SessionReply> {
    const { id, index, owner } = sample;
    const { task, concurrency, log } = this.#dependencies;
    if (this.#draining) throw WireError.of('worker-draining');
    if (this.#runs.has(id)) throw WireError.of('session-exists');
    if (this.#runs.size >= concurrency) throw WireError.of('sample-limit', { limit: concurrency });
    const run = new SampleRun({ id, index, task });
    this.#runs.set(id, run);
    if (owner !== undefined) this.#owners.set(id, owner);
    void run.ended.then(() => {
      this.#runs.delete(id);
      this.#owners.delete(id);
    });
    const result = await run.start();
    if (isClientGone()) {
      log.warn(`sample ${index} (session ${id}) is cancelled: whoever started it is gone`);
      run.cancel();
    }
    return this.#reply(run, result);
  }

  async interact(id: number, answer: AgentOutput): Promise<SessionReply> {
    const run = this.find(id);
    return this.#reply(run, await run.answer(answer));
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
      log.error(`session ${id} (sample ${run.index}) was cancelled and has not ended after ${limitMs} ms`);
      throw WireError.of('sample-unfinished', { limitMs });
    }
  }

  /** Cancels every sample; resolves when all have ended or their grace is over. */
  async cancelAll(): Promise<void> {
    await Promise.allSettled([...this.#runs.keys()].map((id) => this.cancel(id)));
  }

  /** Takes no new sample from now on. */
  drain(): void {
    this.#draining = true;
  }

  /** The output as the agent is shown it. */
  show(output: TaskOutput): WireTaskOutput {
    const { historySegments } = this.#dependencies;
    if (historySegments === undefined || output.status !== 'running' || !output.history)
      return agentbench.toWireOutput(output);
    return agentbench.toWireOutput({ ...output, history: trimHistory(output.history, historySegments) });
  }

  #reply(run: SampleRun, { output, failedLate }: StepResult): SessionReply {
    if (output.status === 'task error')
      this.#dependencies.log.error(
        `sample ${run.index} (session ${run.id}): ${JSON.stringify(output.result)}`,
      );
    const reply = { session_id: run.id, output: this.show(output) };
    if (failedLate) throw new WireError(501, reply as unknown as Json);
    return reply;
  }
}
