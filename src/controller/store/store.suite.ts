import { describe, expect, it } from 'vitest';
import type { ControllerStore, StoredSession, StoredWorker } from './store.ts';

const session: StoredSession = {
  id: 1_800_000_000_000_000,
  task: 'task',
  index: 3,
  worker: 'http://worker/api',
  isOurs: true,
  owner: 'me:1',
  startId: 'start-1',
  startMs: 1_767_225_600_000,
  turn: undefined,
  end: undefined,
};
const bare: StoredSession = {
  ...session,
  id: 7,
  index: null,
  isOurs: false,
  owner: undefined,
  startId: undefined,
};
const worker: StoredWorker = {
  task: 'task',
  id: 0,
  address: 'http://worker/api',
  instance: 'a',
  concurrency: 5,
  stepSeconds: 2.5,
};

export interface StoreUnderTest {
  readonly open: () => Promise<ControllerStore>;
  /** What a process finds that starts after the one with this store was killed. */
  readonly reopen: (store: ControllerStore) => Promise<ControllerStore>;
}

/** What every store promises. */
export function describeStore(name: string, { open, reopen }: StoreUnderTest): void {
  describe(name, () => {
    it('keeps tasks, workers and sessions as they were, in the order of their ids', async () => {
      const store = await open();
      store.saveTask({ name: 'task', indices: [1, '1', 'ü'] });
      store.saveWorker({ ...worker, id: 1, instance: undefined, stepSeconds: undefined });
      store.saveWorker(worker);
      store.saveSession(session);
      store.saveSession(bare);
      const later = await reopen(store);
      expect(later.load()).toEqual({
        tasks: [{ name: 'task', indices: [1, '1', 'ü'] }],
        workers: [worker, { ...worker, id: 1, instance: undefined, stepSeconds: undefined }],
        sessions: [bare, session],
      });
      await later.close();
    });

    it('keeps the last of several versions', async () => {
      const store = await open();
      const ended = { ...session, end: { atMs: 5, reason: 'worker lost', told: true } } as const;
      store.saveTask({ name: 'task', indices: [1] });
      store.saveTask({ name: 'task', indices: [2] });
      store.saveWorker(worker);
      store.saveWorker({ ...worker, concurrency: 6 });
      store.saveSession(session);
      store.saveSession(ended);
      store.saveSession({ ...bare, turn: 1 });
      store.saveSession({ ...bare, turn: 2 });
      const later = await reopen(store);
      expect(later.load()).toEqual({
        tasks: [{ name: 'task', indices: [2] }],
        workers: [{ ...worker, concurrency: 6 }],
        sessions: [{ ...bare, turn: 2 }, ended],
      });
      await later.close();
    });

    it('forgets what is removed and nothing else', async () => {
      const store = await open();
      for (const name of ['task', 'other']) {
        store.saveTask({ name, indices: [] });
        store.saveWorker({ ...worker, task: name });
      }
      for (const id of [1, 2, 3]) store.saveSession({ ...session, id });
      store.removeTask('other');
      store.removeWorker({ task: 'other', id: 0 });
      store.removeSessions([1, 3, 99]);
      const later = await reopen(store);
      expect(later.load()).toEqual({
        tasks: [{ name: 'task', indices: [] }],
        workers: [worker],
        sessions: [{ ...session, id: 2 }],
      });
      await later.close();
    });

    it('takes nothing after it was closed', async () => {
      const store = await open();
      await store.close();
      expect(() => store.saveSession(session)).toThrow();
    });
  });
}
