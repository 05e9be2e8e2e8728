import { join } from 'node:path';
import { mkdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EvaluationBench } from '../testing/evaluation-bench.ts';
import { SessionJournal } from './session-journal.ts';

const start = { controller: 'http://controller/api', agent: 'a', task: 't', name: 't', index: 0, attempt: 1 };
const answerOf = (turn: number) => ({
  turn,
  answer: { status: 'normal' as const, content: 'x'.repeat(100) },
  spent: { ms: turn, tokens: 0 },
});

async function openJournal(bench: EvaluationBench, mostBytes: number) {
  mkdirSync(bench.folder, { recursive: true });
  const file = join(bench.folder, '.sessions.jsonl');
  const journal = new SessionJournal(bench.fileSystem, file, { mostBytes });
  await journal.open({ sessions: [], owners: [] });
  return { journal, file };
}

describe('the journal of a long evaluation', () => {
  it('does not grow without end, and loses nothing that is under way', async () => {
    using bench = new EvaluationBench();
    const { journal, file } = await openJournal(bench, 2_000);
    const play = async (index: number) => {
      const startId = journal.nextStartId();
      await journal.noteStart({ ...start, startId, index });
      await journal.noteSession(startId, index);
      for (let turn = 1; turn <= 3; turn++) await journal.noteAnswer(startId, answerOf(turn));
      if (index % 10 === 0) return;
      journal.markOver(startId);
      await journal.settle(startId);
    };
    await Promise.all(Array.from({ length: 50 }, (_none, index) => play(index)));
    expect(readFileSync(file).length).toBeLessThan(6_000);
    const { sessions } = await journal.readLeftOver();
    expect(sessions.map(({ index, id, last }) => [index, id, last?.turn])).toEqual(
      [0, 10, 20, 30, 40].map((index) => [index, index, 3]),
    );
    await journal.close();
  });

  it('is synced once for each thing that must outlive a kill, and once for all that come together', async () => {
    using bench = new EvaluationBench();
    const { journal } = await openJournal(bench, 2 ** 20);
    const countSyncs = async (work: () => Promise<unknown>) => {
      bench.fileEvents.length = 0;
      await work();
      return bench.fileEvents.filter((event) => event === 'sync .sessions.jsonl').length;
    };
    const play = async (index: number) => {
      const startId = journal.nextStartId();
      await journal.noteStart({ ...start, startId, index });
      await journal.noteSession(startId, index);
      for (let turn = 1; turn <= 3; turn++) await journal.noteAnswer(startId, answerOf(turn));
      journal.markOver(startId);
      await journal.settle(startId);
    };
    // The start, its session's id, three answers, the end.
    expect(await countSyncs(() => play(0))).toBe(6);
    const together = Array.from({ length: 64 }, (_none, index) => index);
    expect(await countSyncs(() => Promise.all(together.map(play)))).toBe(6);
    await journal.close();
  });

  it('goes on in the longer file when a shorter one cannot be written', async () => {
    using bench = new EvaluationBench();
    const { journal } = await openJournal(bench, 500);
    mkdirSync(join(bench.folder, '.sessions.jsonl.new'));
    const startId = journal.nextStartId();
    await journal.noteStart({ ...start, startId });
    for (let turn = 1; turn <= 9; turn++) await journal.noteAnswer(startId, answerOf(turn));
    expect((await journal.readLeftOver()).sessions).toMatchObject([{ startId, last: { turn: 9 } }]);
    await journal.close();
  });
});
