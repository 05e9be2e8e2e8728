import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/index.ts';
import { DockerProcess } from './docker-process.ts';

const refusal = 'OCI runtime exec failed: exec failed: read init-p: connection reset by peer: unknown\r\n';

/** A process whose output is the text alone, and which the engine says it has started or not. */
function processThatSays(text: string, wasStarted: boolean): DockerProcess {
  const payload = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = 1;
  header.writeUInt32BE(payload.length, 4);
  const stream = Duplex.from([Buffer.concat([header, payload])]);
  const state = { wasStarted, isRunning: false, exitCode: 126 };
  const inspect = () => Promise.resolve(state);
  return new DockerProcess({ stream, inspect, clock: new FakeClock(), onDetached: () => undefined });
}

describe('a process of the engine', () => {
  it('that could not be started rejects with the words of the engine', async () => {
    const process = processThatSays(refusal, false);
    await expect(process.output[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'sandbox-start-refused',
      parameters: { reason: refusal.trim() },
    });
    process.detach();
  });

  it.each([
    ['exec: "/bin/sh": stat /bin/sh: no such file or directory', 'sandbox-wrecked'],
    ['exec: "/bin/sh": permission denied', 'sandbox-wrecked'],
    ['exec: "/bin/sh": stat /bin/sh: too many levels of symbolic links', 'sandbox-wrecked'],
    ['exec /bin/sh: exec format error', 'sandbox-wrecked'],
    ['chdir to cwd ("/root") set in config.json failed: permission denied', 'sandbox-wrecked'],
    ['error adding pid to cgroups: open cgroup.procs: no such file or directory', 'sandbox-start-refused'],
    ['fork/exec /proc/self/exe: resource temporarily unavailable', 'sandbox-start-refused'],
    ['open /proc/self/attr/keycreate: permission denied', 'sandbox-start-refused'],
  ])('whose engine says %s ends with %s', async (words, code) => {
    const text = `OCI runtime exec failed: exec failed: unable to start container process: ${words}: unknown\r\n`;
    const process = processThatSays(text, false);
    await expect(process.output[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code });
    process.detach();
  });

  it('that says such words itself is heard', async () => {
    const process = processThatSays(refusal, true);
    const { value } = await process.output[Symbol.asyncIterator]().next();
    expect(Buffer.from(value?.bytes ?? []).toString()).toBe(refusal);
    process.detach();
  });
});
