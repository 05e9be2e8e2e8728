import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringifyPythonJson, type Json } from '../base/index.ts';
import type { SampleIndex } from '../protocol/index.ts';
import { actContext, agentContext, describeAgent, historyOf } from './agent.suite.ts';
import { ReplayAgent } from './replay-agent.ts';

function runLine(index: SampleIndex, answers: readonly string[], status = 'completed'): string {
  const history: Json[] = answers.flatMap((content, turn) => [
    { role: 'user', content: `question ${turn}` },
    { role: 'agent', content },
  ]);
  const time = { timestamp: 1795499022620, str: '2026-11-24 05:43:42' };
  const output = { index, status, result: { score: NaN }, history };
  return stringifyPythonJson({ index, error: null, info: null, output, time });
}

async function startReplay(files: Readonly<Record<string, string>>, file = 'agent') {
  const folder = await mkdtemp(join(tmpdir(), 'proctor-replay-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const agent = new ReplayAgent(ReplayAgent.parameters.parse({ file }), agentContext({ folder }));
  const say = async (index: SampleIndex, turns: number, task = 'subject') =>
    agent.act(historyOf(turns), actContext({ task, index }));
  return { agent, say, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

describeAgent('replay', () => {
  const lines = Array.from({ length: 10 }, (_, index) => runLine(index, ['a', 'b', `c${index}`]));
  return startReplay({ 'agent/subject/runs.jsonl': `${lines.join('\n')}\n` });
});

describe('the replay agent', () => {
  it("answers as recorded, by the task's folder, the sample and the turn", async () => {
    await using replay = await startReplay({
      'agent/subject/runs.jsonl': `${runLine(1, ['one', 'zwei é😀'])}\n${runLine('1', ['text index'])}\n`,
      'agent/other/runs.jsonl': `${runLine(1, ['another task'])}\n`,
    });
    expect((await replay.say(1, 0)).content).toBe('one');
    expect((await replay.say(1, 1)).content).toBe('zwei é😀');
    expect((await replay.say('1', 0)).content).toBe('text index');
    expect((await replay.say(1, 0, 'other')).content).toBe('another task');
  });

  it.each(['agent/subject', 'agent/subject/runs.jsonl'])('reads %s for any task', async (file) => {
    await using replay = await startReplay({ 'agent/subject/runs.jsonl': `${runLine(1, ['one'])}\n` }, file);
    expect((await replay.say(1, 0, 'renamed')).content).toBe('one');
  });

  it('finds lines in a file of many pieces, and passes over what is no run', async () => {
    const long = 'é'.repeat(50_000);
    const lines = Array.from({ length: 20 }, (_, index) => runLine(index, [`${long}${index}`]));
    const failed = runLine(30, ['failed']).replace('"error": null', '"error": "AGENT_FAILED"');
    const text = [
      'not JSON',
      '',
      failed,
      ...lines,
      runLine(3, ['a second run']),
      runLine(40, ['torn']).slice(0, -30),
    ];
    await using replay = await startReplay({ 'agent/subject/runs.jsonl': text.join('\n') });
    for (const index of [0, 3, 19]) expect((await replay.say(index, 0)).content).toBe(`${long}${index}`);
    await expect(replay.say(30, 0)).rejects.toMatchObject({ code: 'recording-lacks-answer' });
    await expect(replay.say(40, 0)).rejects.toMatchObject({ code: 'recording-lacks-answer' });
  });

  it('takes a whole last line without an end, and lines written by other programs', async () => {
    const compact =
      '{"output":{"status":"completed","history":[{"role":"agent","content":"compact"}]},"index":5}';
    await using replay = await startReplay({
      'agent/subject/runs.jsonl': `${compact}\n${runLine(6, ['last'])}`,
    });
    expect((await replay.say(5, 0)).content).toBe('compact');
    expect((await replay.say(6, 0)).content).toBe('last');
  });

  it('says again that its context was full, but only where it was', async () => {
    const word = 'agent context limit';
    await using replay = await startReplay({
      'agent/subject/runs.jsonl': `${runLine(1, ['one', word], word)}\n${runLine(2, [word])}\n`,
    });
    expect(await replay.say(1, 1)).toEqual({ status: word, content: null });
    expect(await replay.say(2, 0)).toEqual({ status: 'normal', content: word });
  });

  it('names a sample and a turn that are not there', async () => {
    await using replay = await startReplay({ 'agent/subject/runs.jsonl': `${runLine(1, ['one'])}\n` });
    await expect(replay.say(2, 0)).rejects.toMatchObject({
      code: 'recording-lacks-answer',
      message: 'The recording has no answer for sample 2 of task "subject", turn 1: the sample is not in it',
    });
    await expect(replay.say(1, 1)).rejects.toMatchObject({
      message: expect.stringContaining('turn 2: it has 1 answers for the sample') as string,
    });
  });

  it('names a recording that is not there', async () => {
    await using replay = await startReplay({});
    await expect(replay.say(1, 0)).rejects.toMatchObject({ code: 'file-missing' });
  });
});
