import { WireError, type SessionReply } from '../protocol/index.ts';

/** What a session was answered last, so that whoever lost the reply may ask for it again. */
export interface LastReply {
  /** How many of the agent's answers the session had taken; 0 is the start. */
  readonly turn: number;
  /** What names the start that began the session, where it was named. */
  readonly startId: string | undefined;
  /** Pending while it is computed; rejects again with what it rejected with. */
  readonly reply: Promise<SessionReply>;
}

/** The same reply to the same turn. Throws `turn-mismatch` for every other. */
export function repeatReply({ turn: played, reply }: LastReply, turn: number): Promise<SessionReply> {
  if (turn === played) return reply;
  throw WireError.of('turn-mismatch', { turn, played, next: played + 1 });
}
