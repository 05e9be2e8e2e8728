import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isGone, ownerText } from './owner.ts';

/** This process's text with other parts. */
function ownerWith(parts: {
  host?: string;
  boot?: string;
  namespace?: string;
  pid?: number;
  start?: string;
}): string {
  const [host, boot, namespace, pid, start] = ownerText().split(':');
  const own = { host, boot, namespace, pid, start };
  return Object.values({ ...own, ...parts }).join(':');
}

const startOf = (pid: number) =>
  readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19] ?? 'unknown';

describe('the owner of a sandbox', () => {
  it('is not gone while its process runs', async () => {
    const child = spawn('sleep', ['1000']);
    await once(child, 'spawn');
    const owner = ownerWith({ pid: child.pid as number, start: startOf(child.pid as number) });
    expect(isGone(owner)).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isGone(owner)).toBe(true);
  });

  it('is this process, and this one runs', () => {
    expect(ownerText()).toMatch(/^\S+$/);
    expect(isGone(ownerText())).toBe(false);
  });

  it('is gone when its number was given to another process', () => {
    expect(isGone(ownerWith({ start: '1' }))).toBe(true);
  });

  it('is gone when the machine was started again', () => {
    expect(isGone(ownerWith({ boot: '7d9a7b0e-0000-4000-8000-000000000000' }))).toBe(true);
  });

  it('is nobody to judge on another host, in another container, or when it cannot be read', () => {
    expect(isGone(ownerWith({ host: 'elsewhere', start: '1' }))).toBe(false);
    expect(isGone(ownerWith({ namespace: '1', start: '1' }))).toBe(false);
    for (const text of ['', 'someone', `${ownerText()}:more`, ':::::']) expect(isGone(text)).toBe(false);
  });
});
