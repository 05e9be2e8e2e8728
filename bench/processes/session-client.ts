import type { HttpConnection } from './http-connection.ts';

/** A session as the load generator plays it. */
export interface LoadSession {
  readonly id: number;
  /** Answers sent so far. */
  turn: number;
  isBusy: boolean;
}

/** What an agent answers; of a length that models write. */
const answer = `Action: Operation\n\`\`\`sql\nSELECT name, price FROM goods WHERE ${'stock > 0 AND '.repeat(12)}price < 10;\n\`\`\``;
const answerJson = JSON.stringify({ status: 'normal', content: answer });

/** Starts a sample; rejects for any reply but a session that waits for its first answer. */
export async function startSession(
  connection: HttpConnection,
  sample: { readonly task: string; readonly index: number; readonly startId: string },
): Promise<LoadSession> {
  const { task, index, startId } = sample;
  const request = { name: task, index, start_id: startId };
  const { status, body } = await connection.post('/api/start_sample', JSON.stringify(request));
  const id = status === 200 ? readSessionId(body) : undefined;
  if (id === undefined) throw new Error(`start_sample: ${status} ${body.slice(0, 200)}`);
  return { id, turn: 0, isBusy: false };
}

/** Plays the session's next turn; rejects for any reply but that session's. */
export async function playTurn(connection: HttpConnection, session: LoadSession): Promise<void> {
  session.turn++;
  const { status, body } = await connection.post(
    '/api/interact',
    `{"session_id": ${session.id}, "agent_response": ${answerJson}, "turn": ${session.turn}}`,
  );
  if (status !== 200 || readSessionId(body) !== session.id)
    throw new Error(`turn ${session.turn} of ${session.id}: ${status} ${body.slice(0, 200)}`);
}

export async function cancelSession(connection: HttpConnection, session: LoadSession): Promise<void> {
  const { status, body } = await connection.post('/api/cancel', `{"session_id": ${session.id}}`);
  if (status !== 200) throw new Error(`cancel: ${status} ${body.slice(0, 200)}`);
}

/** Read from the head of the text, where it always stands: reading the whole would cost more than sending it. */
function readSessionId(body: string): number | undefined {
  const digits = /^\s*\{\s*"session_id":\s*(\d+)/.exec(body)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
