import type { Json } from '../base/index.ts';
import type { Message, ToolCall } from './message.ts';

/** A sample's name within its task; 5 and "5" are two samples. */
export type SampleIndex = number | string;

export const sampleStatuses = [
  'running',
  'completed',
  'agent context limit',
  'agent validation failed',
  'agent invalid action',
  'task limit reached',
  'unknown',
  'task error',
] as const;

export type SampleStatus = (typeof sampleStatuses)[number];

/** How a sample can end. */
export type FinalStatus = Exclude<SampleStatus, 'running'>;

export const agentStatuses = ['normal', 'cancelled', 'agent context limit'] as const;
export type AgentStatus = (typeof agentStatuses)[number];

/** What an agent answers: `content` is null unless the status is `normal`. */
export type AgentOutput = {
  readonly status: AgentStatus;
  readonly content: string | null;
  readonly toolCalls?: readonly ToolCall[];
  /** What the answer cost, where the agent knows; it does not travel to the task. */
  readonly usage?: TokenUsage;
};

export type TokenUsage = { readonly inputTokens: number; readonly outputTokens: number };

/** What a sample has come to: its status, the history so far and, at the end, its index and result. */
export type TaskOutput = {
  readonly index: SampleIndex | null;
  readonly status: SampleStatus;
  readonly result: Json;
  readonly history: readonly Message[] | null;
};

/** How a sample ended. */
export type Outcome = { readonly status: FinalStatus; readonly result: Json };
