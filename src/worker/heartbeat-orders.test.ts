import { expect, it } from 'vitest';
import type { HeartbeatOrder } from './heartbeat-messages.ts';
import { HeartbeatOrders } from './heartbeat-orders.ts';

function gather() {
  const posted: HeartbeatOrder[] = [];
  return { posted, orders: new HeartbeatOrders((order) => posted.push(order)) };
}

it('any number of sessions that come and go cross threads as one order, with the last of each', () => {
  const { posted, orders } = gather();
  for (let session = 1; session <= 500; session++) {
    orders.setOwner(session, 'me');
    if (session !== 7) orders.setOwner(session, undefined);
  }
  expect(posted).toEqual([]);
  orders.flush();
  orders.flush();
  expect(posted).toHaveLength(1);
  const [order] = posted;
  const owners = order?.type === 'owners' ? order.owners : new Map<number, string>();
  expect(owners.size).toBe(500);
  expect([...owners].filter(([, owner]) => owner !== undefined)).toEqual([[7, 'me']]);
});

it('what is told at once takes the owners along that wait', () => {
  const { posted, orders } = gather();
  orders.setOwner(1, 'me');
  orders.setConcurrency(0);
  orders.stop();
  expect(posted).toEqual([
    { type: 'owners', owners: new Map([[1, 'me']]) },
    { type: 'concurrency', concurrency: 0 },
    { type: 'stop' },
  ]);
});
