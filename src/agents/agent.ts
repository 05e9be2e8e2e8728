import type { z } from 'zod';
import type { Clock, Logger } from '../base/index.ts';
import type { AgentOutput, Message, SampleIndex, ToolDefinition } from '../protocol/index.ts';

/** What an agent knows beside the history. */
export interface ActContext {
  /** The task's name in the evaluation. */
  readonly task: string;
  readonly index: SampleIndex;
  /** The tools that the task offers; empty when it talks in text alone. */
  readonly tools: readonly ToolDefinition[];
  /** Aborted when the sample is cancelled: give up and reject. */
  readonly signal: AbortSignal;
}

/** Whatever answers: a model behind an API, a script, a person. One instance serves many samples at once. */
export interface Agent {
  /**
   * Answers the last message of the history. `agent context limit` when the history does not fit any more; everything else that
   * keeps it from answering is thrown.
   */
  act(history: readonly Message[], context: ActContext): Promise<AgentOutput>;
  release?(): Promise<void>;
}

/** What an agent is given beside its parameters. */
export interface AgentContext {
  /** The name that it has in the configuration. */
  readonly name: string;
  /** Relative paths in the parameters are relative to this folder. */
  readonly folder: string;
  readonly log: Logger;
  readonly clock: Clock;
  /** Finds what knows a task's labels, for the `oracle` agent; undefined where nothing does. */
  readonly oracleOf?: OracleLookup;
}

/** Knows the right answers of one task. */
export interface Oracle {
  oracle(index: SampleIndex, history: readonly Message[]): AgentOutput | Promise<AgentOutput>;
}

/** Resolves to the oracle of the task of that name, or to undefined when it has none. */
export type OracleLookup = (task: string) => Promise<Oracle | undefined>;

/** An agent's class as the loader sees it; a user's own is named `module: ./my-agent.ts#MyAgent`. */
export interface AgentClass {
  new (parameters: never, context: AgentContext): Agent;
  /** Checks and completes `parameters`; without one they are passed on as they are. */
  readonly parameters?: z.ZodType;
}
