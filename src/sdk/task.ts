import type { z } from 'zod';
import type { Clock, Json, Logger } from '../base/index.ts';
import type { AgentOutput, Message, Outcome, SampleIndex, TaskOutput } from '../protocol/index.ts';
import type { Session } from './session.ts';

/** What a task is given beside its parameters. */
export interface TaskContext {
  /** The name that it has in the configuration. */
  readonly name: string;
  /** Relative paths in the parameters are relative to this folder: the one that the command was started in. */
  readonly folder: string;
  readonly log: Logger;
  readonly clock: Clock;
  /** Of the container engine that the environment names (DOCKER_HOST), if it does. */
  readonly dockerHost?: string | undefined;
}

/**
 * An environment with a data set: extend this, and name the file in a configuration: `module: ./my-task.ts#MyTask`.
 * One instance plays up to `concurrency` samples at once.
 */
export abstract class Task {
  /** Its samples, integers or strings; the same at each start, since a resumed evaluation goes by them. */
  abstract getIndices(): readonly SampleIndex[] | Promise<readonly SampleIndex[]>;

  /**
   * Plays one sample to its end. What it throws ends the sample as `task error`, which is never the agent's failure.
   * Work that may take long should heed `session.signal`.
   */
  abstract startSample(index: SampleIndex, session: Session): Promise<Outcome>;

  /** The scores over all outcomes; an object whose main figure is called `score` unless the task has a tradition of its own. */
  abstract calculateOverall(results: readonly TaskOutput[]): Json | Promise<Json>;

  /** Gives back what the instance holds; called once, after the last sample has ended. */
  release(): void | Promise<void> {}

  /** What an agent that knows the label says next; a task without one cannot be played by the `oracle` agent. */
  oracle?(index: SampleIndex, history: readonly Message[]): AgentOutput | Promise<AgentOutput>;
}

/** A task's class as the loader sees it: built from parameters that its own schema has checked. */
export interface TaskClass {
  new (parameters: never, context: TaskContext): Task;
  /** Checks and completes `parameters`; without one they are passed on as they are. */
  readonly parameters?: z.ZodType;
}
