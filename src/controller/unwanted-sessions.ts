import type { Clock } from '../base/index.ts';

/**
 * Cancels that came for sessions which nobody here knows. After a restart their workers may still play them and report them later, and
 * then nobody would be left to end them. A session is named by its id, or by its owner or what its owner begins with.
 */
export class UnwantedSessions {
  readonly #clock: Clock;
  readonly #keepForMs: number;
  readonly #most: number;
  readonly #sinceMs = new Map<number | string, number>();

  /** At most `most` are remembered; the oldest are forgotten first. */
  constructor(clock: Clock, { keepForMs, most }: { readonly keepForMs: number; readonly most: number }) {
    this.#clock = clock;
    this.#keepForMs = keepForMs;
    this.#most = most;
  }

  remember(idOrOwner: number | string): void {
    this.#sinceMs.delete(idOrOwner);
    this.#sinceMs.set(idOrOwner, this.#clock.now());
    for (const oldest of this.#sinceMs.keys()) {
      if (this.#sinceMs.size <= this.#most && this.#isKept(oldest)) break;
      this.#sinceMs.delete(oldest);
    }
  }

  has(id: number, owner: string | undefined): boolean {
    return this.#isKept(id) || (owner !== undefined && this.hasOwner(owner));
  }

  hasOwner(owner: string): boolean {
    return beginningsOf(owner).some((part) => this.#isKept(part));
  }

  #isKept(idOrOwner: number | string): boolean {
    const sinceMs = this.#sinceMs.get(idOrOwner);
    return sinceMs !== undefined && this.#clock.now() - sinceMs <= this.#keepForMs;
  }
}

/** Whether an owner is the given one or one of its parts: `a` has `a`, `a:1` and `a:1:x`. */
export function isOwnedBy(owner: string | undefined, whole: string): boolean {
  return owner !== undefined && beginningsOf(owner).includes(whole);
}

function beginningsOf(owner: string): readonly string[] {
  const parts = owner.split(':');
  return parts.map((_, last) => parts.slice(0, last + 1).join(':'));
}
