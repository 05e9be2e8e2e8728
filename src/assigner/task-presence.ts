/** For how long a task has been without a living worker. */
export class TaskPresence {
  readonly #limitMs: number;
  #absentSinceMs: number | undefined;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Takes in what a look at the controller showed, and tells what has changed by it: nothing, or that the wait began, ended or is over its limit. */
  note(isPresent: boolean, nowMs: number): 'same' | 'left' | 'returned' | 'gone' {
    if (isPresent) {
      const wasAbsent = this.#absentSinceMs !== undefined;
      this.#absentSinceMs = undefined;
      return wasAbsent ? 'returned' : 'same';
    }
    if (this.#absentSinceMs === undefined) {
      this.#absentSinceMs = nowMs;
      return 'left';
    }
    return nowMs - this.#absentSinceMs >= this.#limitMs ? 'gone' : 'same';
  }
}
