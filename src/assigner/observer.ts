import { coerceError, type Logger } from '../base/index.ts';
import type { Cause, RunError, SampleIndex, SampleStatus } from '../protocol/index.ts';
import type { Assignment } from './plan.ts';

/** Where a pair stands when the evaluation begins. */
export interface PairProgress extends Assignment {
  readonly total: number;
  /** Finished before, found in the output folder. */
  readonly completed: number;
}

export interface SampleEvent extends Assignment {
  readonly index: SampleIndex;
  /** From 1. */
  readonly attempt: number;
}

export interface SampleFailure extends SampleEvent {
  readonly error: RunError;
  readonly cause: Cause;
  /** A stable word for programs. */
  readonly code: string;
  readonly reason: string;
  /** Pause before the next attempt; absent when there is none. */
  readonly retryInMs?: number;
}

/** What is told to whoever shows an evaluation's progress; what a listener throws is logged and changes nothing. */
export interface EvaluationObserver {
  /** Once, before the first sample starts. */
  planKnown?(pairs: readonly PairProgress[]): void;
  sampleStart?(event: SampleEvent): void;
  /** The run is on disk. */
  sampleEnd?(event: SampleEvent & { readonly status: SampleStatus; readonly cause: Cause }): void;
  /** The failure is on disk. */
  sampleFailed?(event: SampleFailure): void;
  /** Given back without a result: no slot was free, or the evaluation is being stopped. */
  sampleReturn?(event: SampleEvent): void;
  /** Something that is needed is not there, and is waited for. */
  waiting?(reason: string): void;
  /** Worth a person's attention: a damaged line, a task given up, a wait that is over. */
  notice?(message: string): void;
}

/** The observer with every method there and none that throws. Waits and notices are logged as well. */
export function guardObserver(observer: EvaluationObserver, log: Logger): Required<EvaluationObserver> {
  const guard =
    <Event>(notify: (event: Event) => void) =>
    (event: Event): void => {
      try {
        notify(event);
      } catch (error) {
        log.error('A progress listener failed', { reason: coerceError(error).message });
      }
    };
  const waiting = guard((reason: string) => observer.waiting?.(reason));
  const notice = guard((message: string) => observer.notice?.(message));
  return {
    planKnown: guard((pairs) => observer.planKnown?.(pairs)),
    sampleStart: guard((event) => observer.sampleStart?.(event)),
    sampleEnd: guard((event) => observer.sampleEnd?.(event)),
    sampleFailed: guard((event) => observer.sampleFailed?.(event)),
    sampleReturn: guard((event) => observer.sampleReturn?.(event)),
    waiting(reason) {
      log.info(reason);
      waiting(reason);
    },
    notice(message) {
      log.warn(message);
      notice(message);
    },
  };
}
