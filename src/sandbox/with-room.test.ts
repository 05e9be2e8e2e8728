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
  it('that does not begin ends what runs there, and is tried once more', async () => {
    const once = play('sandbox-wrecked');
    expect(await once.started).toBe('begun');
    expect(once.events).toEqual(['start', 'restart', 'start']);
    const twice = play('sandbox-wrecked', 'sandbox-wrecked');
    await expect(twice.started).rejects.toMatchObject({ code: 'sandbox-wrecked' });
    expect(twice.events).toEqual(['start', 'restart', 'start']);
  });

  it('that the engine refuses ends what runs there only when it refuses again', async () => {
    const refused = 'sandbox-start-refused';
    const once = play(refused);
    expect(await once.started).toBe('begun');
    expect(once.events).toEqual(['start', 'start']);
    const twice = play(refused, refused);
    expect(await twice.started).toBe('begun');
    expect(twice.events).toEqual(['start', 'start', 'restart', 'start']);
    const always = play(refused, refused, refused, refused);
    await expect(always.started).rejects.toMatchObject({ code: refused });
    expect(always.events).toEqual(['start', 'start', 'restart', 'start', 'start']);
  });

  it.each(['sandbox-failed', 'sandbox-overfull'] as const)(
    'that ends with %s leaves what runs there alone',
    async (code) => {
      const { started, events } = play(code);
      await expect(started).rejects.toMatchObject({ code });
      expect(events).toEqual(['start']);
    },
  );
});
