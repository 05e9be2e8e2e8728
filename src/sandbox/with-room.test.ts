import { describe, expect, it } from 'vitest';
import { ProctorError } from '../base/index.ts';
import type { SandboxBackend } from './backend.ts';
import { withRoom } from './with-room.ts';

type Code = 'sandbox-start-refused' | 'sandbox-wrecked' | 'sandbox-failed' | 'sandbox-overfull';
const failure = (code: Code) => new ProctorError(code, { reason: 'as the test wants it' });

/** Starts that fail with the codes given, one after the other, and then succeed. */
function play(...codes: readonly Code[]) {
  const events: string[] = [];
  const waiting = [...codes];
  const backend = {
    restart: () => {
      events.push('restart');
      return Promise.resolve();
    },
  } as SandboxBackend;
  const started = withRoom(backend, () => {
    events.push('start');
    const code = waiting.shift();
    return code === undefined ? Promise.resolve('begun') : Promise.reject(failure(code));
  });
  return { events, started };
}

describe('a start in a sandbox', () => {
  it.each(['sandbox-start-refused', 'sandbox-wrecked'] as const)(
    'that ends with %s ends what runs there, and is tried once more',
    async (code) => {
      const once = play(code);
      expect(await once.started).toBe('begun');
      expect(once.events).toEqual(['start', 'restart', 'start']);
      const twice = play(code, code);
      await expect(twice.started).rejects.toMatchObject({ code });
      expect(twice.events).toEqual(['start', 'restart', 'start']);
    },
  );

  it.each(['sandbox-failed', 'sandbox-overfull'] as const)(
    'that ends with %s leaves what runs there alone',
    async (code) => {
      const { started, events } = play(code);
      await expect(started).rejects.toMatchObject({ code });
      expect(events).toEqual(['start']);
    },
  );
});
