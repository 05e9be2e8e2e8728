import type { Agent } from '../agents/index.ts';
import type { Clock, Logger } from '../base/index.ts';
import type { SampleIndex } from '../protocol/index.ts';
import type { ControllerLink } from './controller-link.ts';
import type { SessionJournal } from './session-journal.ts';
import type { EvaluationTimings } from './timings.ts';

/** One attempt at one sample, with all that it takes. */
export interface SampleAttempt {
  readonly agent: Agent;
  readonly agentName: string;
  /** The task's name in the evaluation. */
  readonly task: string;
  /** The task's name at its controller. */
  readonly controllerName: string;
  readonly index: SampleIndex;
  readonly link: ControllerLink;
  readonly journal: SessionJournal;
  readonly timings: EvaluationTimings;
  readonly clock: Clock;
  readonly log: Logger;
  /** The evaluation is being stopped: play no further, and end the session. */
  readonly stop: AbortSignal;
  /** The time to stop in is over: leave everything. */
  readonly giveUp: AbortSignal;
}
