import { StreamedBody, type Transport } from '../../src/protocol/index.ts';

/** A controller in memory whose one task is there and scores whatever it is sent. */
export function createScoringController(task: string, indices: number): Transport {
  const replies: Readonly<Record<string, () => unknown>> = {
    '/api/get_indices': () => Array.from({ length: indices }, (_none, index) => index),
    '/api/list_workers': () => ({ [task]: { indices: [], workers: {} } }),
    '/api/list_sessions': () => ({}),
    '/api/version': () => ({ name: 'proctor', version: '0', turns: true }),
    '/api/calculate_overall': () => ({ score: 1 }),
  };
  return async ({ url, body }) => {
    // Taken as it comes and let go, as by one that scores one outcome after the other.
    if (body instanceof StreamedBody) for await (const _chunk of body.open());
    const reply = replies[new URL(url).pathname];
    if (reply) return { status: 200, text: JSON.stringify(reply()) };
    return { status: 404, text: '{"detail": "Not Found"}' };
  };
}
