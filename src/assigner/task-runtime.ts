import type { ControllerLink } from './controller-link.ts';
import type { PairState } from './pair-state.ts';
import type { PairFiles } from './results/index.ts';
import type { TaskPresence } from './task-presence.ts';
import type { TaskSlots } from './task-slots.ts';

/** One task of the evaluation, at its controller. */
export interface TaskRuntime {
  readonly task: string;
  /** The name that the controller knows it by. */
  readonly controllerName: string;
  readonly link: ControllerLink;
  readonly slots: TaskSlots;
  readonly presence: TaskPresence;
}

/** A pair, its files and its task. */
export interface PairWork {
  readonly pair: PairState;
  readonly files: PairFiles;
  readonly runtime: TaskRuntime;
}
