import type { Json } from '../base/index.ts';
import type { SampleIndex } from './sample.ts';
import type { WireTaskOutput } from './dialects/agentbench/schemas.ts';

/** Why an attempt at a sample failed, by the words that `error.jsonl` has always had. */
export const runErrors = [
  'NOT_AVAILABLE',
  'START_FAILED',
  'NETWORK_ERROR',
  'AGENT_FAILED',
  'INTERACT_FAILED',
  'OVERALL_FAILED',
] as const;

export type RunError = (typeof runErrors)[number];

/** Whose doing it was that a run ended as it did; given once, at the boundary that was crossed. */
export const causes = [
  'none',
  'agent',
  'task',
  'worker',
  'controller',
  'model-api',
  'limit',
  'cancelled',
] as const;
export type Cause = (typeof causes)[number];

/** A limit that was reached: its name, what it allows and how far it went, in the unit that the name says. */
export type ReachedLimit = { readonly name: string; readonly limit: number; readonly reached: number };

/** One line of `runs.jsonl` (`error` null) or `error.jsonl`. Fields after `time` are this program's own. */
export type RunRecord = {
  readonly index: SampleIndex | null;
  readonly error: RunError | null;
  readonly info: Json;
  readonly output: WireTaskOutput | null;
  /** `timestamp`: milliseconds since the epoch; `str`: the same moment in local time, `2026-11-24 05:43:42`. */
  readonly time: { readonly timestamp: number; readonly str: string };
  /** Which try of this sample it was, from 1. */
  readonly attempt?: number;
  readonly session_id?: number;
  readonly cause?: Cause;
  /** Of the error behind it: a stable word for programs. */
  readonly code?: string;
  /** The same for a person. */
  readonly sentence?: string;
  readonly limit?: ReachedLimit;
  /** How long the sample was played, the agent's thinking included; absent where an evaluation before this one began it. */
  readonly seconds?: number;
};
