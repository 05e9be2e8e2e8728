import { readIssueTime } from '../base/index.ts';
import { WireError } from '../protocol/index.ts';
import type { EndedSession } from './ended-sessions.ts';
import type { ControllerParts } from './parts.ts';
import type { OpenSession } from './session-table.ts';

export type FoundSession =
  | { readonly open: OpenSession; readonly ended?: never }
  | { readonly ended: EndedSession; readonly open?: never };

/** Finds sessions by their ids, open or ended lately. */
export class SessionFinder {
  readonly #parts: ControllerParts;
  readonly #startedMs: number;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.#startedMs = parts.clock.now();
  }

  /**
   * A controller that was just started without what it knew before knows of a session only when its worker has reported it: until all
   * had the time to, such a session is waited for. Rejects with the wire's `session-unknown`.
   */
  async find(id: number): Promise<FoundSession> {
    const known = this.#look(id);
    if (known) return known;
    const { sessions, clock, options } = this.#parts;
    const settledMs = this.#startedMs + options.settleMs;
    const ageMs = this.#startedMs - readIssueTime(id);
    const mayArrive = ageMs > 0 && ageMs < options.oldestSessionMs && clock.now() < settledMs;
    const arrived = mayArrive ? await sessions.waitFor(id, settledMs - clock.now()) : undefined;
    if (!arrived) throw WireError.of('session-unknown');
    return { open: arrived };
  }

  #look(id: number): FoundSession | undefined {
    const { sessions } = this.#parts;
    const open = sessions.get(id);
    if (open && !open.isZombie) return { open };
    const ended = sessions.ended.get(id);
    return ended && { ended };
  }
}
