import { ProctorError } from '../base/index.ts';
import type { FleetObserver } from '../launcher/index.ts';

export interface LossWatch {
  readonly observer: Required<Pick<FleetObserver, 'onRefusal' | 'onTaskLost' | 'onControllerLost'>>;
  /** Aborted when an evaluation cannot go on; its reason is the error to show. */
  readonly signal: AbortSignal;
  /** From now on the loss of a task is borne as long as another one is left: its samples stay unplayed. */
  readonly bearLosses: () => void;
}

export interface LossWatchRequest {
  /** How many tasks have workers. */
  readonly taskCount: number;
  readonly controllerAddress: () => string;
  readonly observer: FleetObserver;
}

/** Notices when the programs that an evaluation stands on are gone for good. */
export function watchForLoss({ taskCount, controllerAddress, observer }: LossWatchRequest): LossWatch {
  const lost = new AbortController();
  const lostTasks = new Set<string>();
  let hasRefused = false;
  let isBearing = false;
  return {
    signal: lost.signal,
    bearLosses: () => (isBearing = true),
    observer: {
      onRefusal(label, how) {
        hasRefused = true;
        observer.onRefusal?.(label, how);
      },
      onTaskLost(task) {
        observer.onTaskLost?.(task);
        lostTasks.add(task);
        if (isBearing && lostTasks.size < taskCount) return;
        lost.abort(new ProctorError(hasRefused ? 'workers-refused' : 'workers-lost', { task }));
      },
      onControllerLost() {
        observer.onControllerLost?.();
        lost.abort(new ProctorError('controller-lost', { address: controllerAddress() }));
      },
    },
  };
}
