import { describe, expect, it } from 'vitest';
import { formatBars, formatDuration, formatProgressLine } from './format-progress.ts';
import type { Progress } from './progress-state.ts';

const progress: Progress = {
  label: 'scripted-wrong',
  total: 60,
  done: 41,
  failed: 1,
  failedBy: new Map([['worker', 1]]),
  running: 4,
  perSecond: 3.25,
  remainingMs: 5_600,
};

describe('formatBars', () => {
  it('shows every figure beside a bar', () => {
    expect(formatBars([progress], 120)).toEqual([
      'scripted-wrong  ██████████████░░░░░░   70 %  4 running  41/60 done  1 failed  3.3/s  ETA 0:06',
    ]);
  });

  it('gives the figures room before the bar', () => {
    const [line = ''] = formatBars([progress], 80);
    expect(line.length).toBeLessThan(80);
    expect(line).toMatch(/ETA 0:06$/);
  });

  it('never writes beyond the terminal, where a line would not be drawn over', () => {
    for (const line of formatBars([progress, { ...progress, label: 'all' }], 30))
      expect(line).toHaveLength(29);
  });

  it('shows a plan with nothing in it as done', () => {
    const [line] = formatBars([{ ...progress, total: 0, done: 0, failed: 0 }], 120);
    expect(line).toContain('100 %');
  });
});

it('says in a line whose doing the failures were', () => {
  expect(formatProgressLine(progress, [progress])).toBe(
    '41 of 60 done, 1 failed (1 worker), 4 running, 3.3 samples/s, ETA 0:06 (scripted-wrong 41/60)',
  );
});

it.each([
  [undefined, '-'],
  [0, '0:00'],
  [760_000, '12:40'],
  [11_100_000, '3:05:00'],
])('writes a duration of %s ms as %s', (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});
