import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sleep } from '../base/index.ts';
import type { Agent } from '../agents/index.ts';
import { EvaluationBench } from '../testing/evaluation-bench.ts';

function runLine(index: number, seconds?: number | string): string {
  const output = { index, status: 'completed', result: {}, history: [] };
  const time = { timestamp: 1, str: '1970-01-01 00:00:00' };
  return JSON.stringify({ index, error: null, info: null, output, time, seconds }) + '\n';
}

function writeRuns(bench: EvaluationBench, agent: string, lines: readonly string[]): void {
  mkdirSync(join(bench.folder, agent, 't'), { recursive: true });
  writeFileSync(join(bench.folder, agent, 't/runs.jsonl'), lines.join(''));
}

const both = [
  { agent: 'a', task: 't' },
  { agent: 'b', task: 't' },
];

describe('the length of a sample', () => {
  it('is in its line, the thinking of the agent included', async () => {
    using bench = new EvaluationBench();
    bench.controller.tasks.set('t', { indices: [0], capacity: 1 });
    bench.controller.turns = 1;
    const thinking: Agent = {
      act: async () => {
        await sleep(bench.clock, 1500);
        return { status: 'normal', content: 'ok' };
      },
    };
    bench.agents = { a: thinking };
    await bench.play();
    expect(bench.lines('a/t/runs.jsonl')[0]).toMatchObject({ seconds: 1.5 });
  });

  it('of earlier results in the folder decides which sample comes first', async () => {
    using bench = new EvaluationBench();
    bench.controller.tasks.set('t', { indices: [0, 1, 2, 3, 4], capacity: 1 });
    writeRuns(bench, 'b', [runLine(0, 9), runLine(1, 1), runLine(3, 25), runLine(2, 4)]);
    await bench.play({ pairs: both, agentConcurrency: { a: 1, b: 1 } });
    expect(bench.started.filter((start) => start.startsWith('a/'))).toEqual(
      [3, 4, 0, 2, 1].map((index) => `a/t/${index}`),
    );
  });

  it('says nothing where a line does not have it, or has none that can be', async () => {
    using bench = new EvaluationBench();
    bench.controller.tasks.set('t', { indices: [0, 1, 2, 3], capacity: 1 });
    writeRuns(bench, 'b', [runLine(0), runLine(1, -5), runLine(2, '90'), runLine(3, 1)]);
    await bench.play({ pairs: both, agentConcurrency: { a: 1, b: 1 } });
    expect(bench.started.filter((start) => start.startsWith('a/'))).toEqual(
      [0, 1, 2, 3].map((index) => `a/t/${index}`),
    );
  });

  it('with one agent decides which sample is next for another', async () => {
    using bench = new EvaluationBench();
    bench.controller.tasks.set('t', { indices: [0, 1, 2, 3, 4, 5], capacity: 3 });
    bench.controller.turns = 1;
    const startedByA: string[] = [];
    const secondsOf = [1, 9, 1, 20, 1, 1];
    let played = 0;
    const quick: Agent = {
      act: async () => {
        await sleep(bench.clock, (secondsOf[played++] ?? 0) * 1000);
        return { status: 'normal', content: 'ok' };
      },
    };
    const slow: Agent = {
      act: async () => {
        await sleep(bench.clock, 40_000);
        return { status: 'normal', content: 'ok' };
      },
    };
    bench.agents = { a: slow, b: quick };
    bench.observer = {
      sampleStart: ({ agent, index }) => void (agent === 'a' && startedByA.push(String(index))),
    };
    await bench.play({ pairs: both, agentConcurrency: { a: 1, b: 1 } });
    expect(startedByA.slice(0, 3)).toEqual(['0', '3', '1']);
  });
});

describe('weights', () => {
  it('say how many slots an assignment gets for one of another', async () => {
    using bench = new EvaluationBench();
    bench.controller.tasks.set('t', { indices: [0, 1, 2, 3], capacity: 3 });
    const started: string[] = [];
    bench.observer = { sampleStart: ({ agent }) => void started.push(agent) };
    await bench.play({
      pairs: [
        { agent: 'a', task: 't' },
        { agent: 'b', task: 't', weight: 2 },
      ],
    });
    expect(started.slice(0, 3).sort()).toEqual(['a', 'b', 'b']);
  });

  it.each([0, -1, NaN, Infinity])('of %d are refused', async (weight) => {
    using bench = new EvaluationBench();
    await expect(bench.play({ pairs: [{ agent: 'a', task: 't', weight }] })).rejects.toMatchObject({
      code: 'config-invalid',
    });
  });
});
