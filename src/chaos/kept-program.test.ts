import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '../base/index.ts';
import { KeptProgram } from './kept-program.ts';
import { findMildness } from './run-chaos.ts';

it('a fault counts only when a living program was struck', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'proctor-kept-'));
  const program = new KeptProgram({
    words: ['-e', 'process.on("disconnect", () => process.exit()); setInterval(() => {}, 1000)'],
    folder,
    environment: process.env,
    logFile: path.join(folder, 'log'),
    clock: systemClock,
    endSignal: 'SIGTERM',
    onOwnEnd: () => false,
    onStuck: () => undefined,
  });
  try {
    expect(await program.stopFor(0)).toBe(true);
    expect(await program.kill(0)).toBe(true);
    expect(await program.restart(0)).toBe(true);
    expect(program.starts).toBe(3);
  } finally {
    await program.putDown();
    rmSync(folder, { recursive: true });
  }
  expect(await program.stopFor(0)).toBe(false);
  expect(await program.kill(0)).toBe(false);
});

it.each([
  [0, 0, false],
  [0, 78, false],
  [38, 78, false],
  [39, 78, true],
  [78, 78, true],
])('%i faults of %i planned are enough of a trial: %s', (struck, planned, isEnough) => {
  expect(findMildness(struck, planned).length === 0).toBe(isEnough);
});
