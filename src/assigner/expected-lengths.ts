import { TaskLengths, type PlayedSample } from './task-lengths.ts';

/** How long each task's samples take, as seen in this evaluation and in its folder's earlier results. */
export class ExpectedLengths {
  readonly #tasks = new Map<string, TaskLengths>();

  /** What is known of a task's samples; the same object for as long as the evaluation lasts. */
  of(task: string): TaskLengths {
    const lengths = this.#tasks.get(task) ?? new TaskLengths();
    this.#tasks.set(task, lengths);
    return lengths;
  }

  /** A sample was played from start to end; `seconds` is 0 or more. */
  note({ task, ...played }: PlayedSample & { readonly task: string }): void {
    this.of(task).note(played);
  }
}
