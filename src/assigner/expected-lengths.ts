import { TaskLengths, type PlayedSample } from './task-lengths.ts';

/** How long a sample is expected to take, from what was seen in this evaluation and in its folder's earlier results. */
export class ExpectedLengths {
  readonly #tasks = new Map<string, TaskLengths>();
  #seconds = 0;
  #count = 0;

  /** What is known of a task's samples; the same object for as long as the evaluation lasts. */
  of(task: string): TaskLengths {
    const lengths = this.#tasks.get(task) ?? new TaskLengths();
    this.#tasks.set(task, lengths);
    return lengths;
  }

  /** A sample was played from start to end; `seconds` is 0 or more. */
  note({ task, ...played }: PlayedSample & { readonly task: string }): void {
    this.of(task).note(played);
    this.#seconds += played.seconds;
    this.#count++;
  }

  /**
   * Seconds: what the agent usually takes on the task (else what others take there, else what any sample takes), times the sample's
   * factor where somebody has played it. Undefined while nothing is known.
   */
  estimate({
    agent,
    task,
    index,
  }: Omit<PlayedSample, 'seconds'> & { readonly task: string }): number | undefined {
    const usual = this.usual({ agent, task });
    return usual === undefined ? undefined : usual * (this.of(task).factorOf(index) ?? 1);
  }

  /** The same for a sample of which nothing is known. */
  usual({ agent, task }: { readonly agent: string; readonly task: string }): number | undefined {
    const overall = this.#count === 0 ? undefined : this.#seconds / this.#count;
    return this.of(task).meanOf(agent) ?? overall;
  }
}
