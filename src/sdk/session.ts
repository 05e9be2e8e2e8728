import type { AgentOutput, Message } from '../protocol/index.ts';

/** One live playing of one sample, as its task sees it. */
export interface Session {
  /** Its number at the controller; no two sessions of one controller share it. */
  readonly id: number;
  /** Aborted when the sample is cancelled or its worker stops. */
  readonly signal: AbortSignal;
  /** All messages so far, the agent's included. */
  readonly history: readonly Message[];
  /** Adds messages to the history without asking the agent. */
  inject(...messages: readonly Message[]): void;
  /**
   * Adds messages, shows the history to the agent and gives its answer. When the sample is cancelled the answer has the status
   * `cancelled`, at once and at every later call. Throws when an earlier question is still open.
   */
  action(...messages: readonly Message[]): Promise<AgentOutput>;
}
