import { raceAbort } from '../../base/index.ts';
import type { AgentOutput, Outcome, Session } from '../../sdk/index.ts';
import type { Database } from './engines/engine.ts';
import { showResult } from './engines/show-result.ts';
import { parseReply, type Reply } from './parse-reply.ts';
import { askQuestion, openingMessages } from './prompt.ts';
import type { DbBenchSample } from './sample-schema.ts';

export interface Conversation {
  readonly session: Session;
  readonly database: Database;
  readonly maxRound: number;
}

/** How the talk with the agent ended; `answer` is what it gave as its final answer, else empty. */
export type Ending = { readonly status: Outcome['status']; readonly answer: string };

/** Plays a sample up to the agent's answer, or to what ends it without one. Rejects when the sample is cancelled in a statement. */
export async function converse(sample: DbBenchSample, conversation: Conversation): Promise<Ending> {
  const { session, database, maxRound } = conversation;
  session.inject(...openingMessages);
  let output = await session.action(askQuestion(sample.question));
  for (let round = 0; ; round++) {
    const broken = endWithoutReply(output);
    if (broken) return broken;
    const reply = parseReply(output.content ?? '');
    if (reply.action !== 'Operation' || round >= maxRound) return conclude(reply, round >= maxRound);
    if (reply.sql === undefined) return { status: 'agent validation failed', answer: '' };
    const result = await raceAbort(database.execute(reply.sql), session.signal);
    output = await session.action({ role: 'user', content: showResult(result) });
  }
}

function endWithoutReply({ status }: AgentOutput): Ending | undefined {
  if (status === 'agent context limit') return { status, answer: '' };
  return status === 'cancelled' ? { status: 'unknown', answer: '' } : undefined;
}

function conclude({ finalAnswer }: Reply, isLast: boolean): Ending {
  const answer = finalAnswer ?? '';
  if (isLast && answer === '') return { status: 'task limit reached', answer };
  return { status: finalAnswer === undefined ? 'agent validation failed' : 'completed', answer };
}
