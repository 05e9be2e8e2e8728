import type { Agent } from '../agents/index.ts';
import type { Clock, Logger } from '../base/index.ts';
import type { SampleIndex } from '../protocol/index.ts';
import type { ControllerLink } from './controller-link.ts';
import type { JournaledSession } from './journal-lines.ts';
import type { SampleLimits, UsageWatch } from './sample-limits.ts';
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
  /** From 1. */
  readonly attempt: number;
  /** Names the start of its session in the journal and at the controller. Whoever began the attempt settles it there. */
  readonly startId: string;
  /** The session of an evaluation before this one that is to be gone on with. */
  readonly resumed?: JournaledSession | undefined;
  /** It has its slot: what went by before was waiting, not the sample's own time. */
  readonly onStarted: () => void;
  readonly limits: SampleLimits;
  readonly usageWatch: UsageWatch;
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
