import { WireError } from '../protocol/index.ts';
import type { StepResult } from './sample-run.ts';

/** What a session's last turn came to, so that whoever lost the reply may ask for it again. */
export interface LastReply {
  /** How many of the agent's answers the session had taken; 0 is the start. */
  readonly turn: number;
  /** What names the start that began the session, where it was named. */
  readonly startId: string | undefined;
  /** Pending while it is computed. Each request that waits for it is answered in the form that it asks for. */
  readonly result: Promise<StepResult>;
}

/** What the same turn came to. Throws `turn-mismatch` for every other. */
export function repeatResult({ turn: played, result }: LastReply, turn: number): Promise<StepResult> {
  if (turn === played) return result;
  throw WireError.of('turn-mismatch', { turn, played, next: played + 1 });
}
