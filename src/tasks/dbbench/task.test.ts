import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger, systemClock } from '../../base/index.ts';
import { contentText, type AgentOutput } from '../../sdk/index.ts';
import { playSample } from '../../testing/play-sample.ts';
import { DbBenchTask } from './index.ts';

const operate = (sql: string) => `Let me see.\nAction: Operation\n\`\`\`sql\n${sql}\n\`\`\``;
const answer = (text: string) => `Action: Answer\nFinal Answer: ${text}`;

const table = {
  table_name: 'ships',
  table_info: {
    columns: [{ name: 'Name' }, { name: 'Crew' }],
    rows: [
      ['Anna', '12'],
      ['Berta', '7'],
    ],
  },
};
const samples = [
  { description: 'How many?', add_description: 'Table ships.', type: ['counting'], label: ['2'], table },
  {
    description: 'Add Clara with 3.',
    type: ['INSERT'],
    label: ["INSERT INTO ships VALUES ('Clara', '3')"],
    answer_md5: "[('01faadd27e4839bef066e288308f88b1',)]",
    table,
  },
];

describe('DbBenchTask', () => {
  let folder: string;
  let task: DbBenchTask;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'proctor-dbbench-'));
    await writeFile(path.join(folder, 'samples.json'), JSON.stringify(samples));
    const parameters = DbBenchTask.parameters.parse({
      data_file: 'samples.json',
      max_round: 3,
      concurrency: 2,
    });
    task = new DbBenchTask(parameters, { name: 'db', folder, log: silentLogger, clock: systemClock });
  });
  afterAll(async () => {
    await task.release();
    await rm(folder, { recursive: true });
  });

  const play = (...agent: readonly string[]) => playSample(task, 0, { agent });
  const counting = (text: string) => ({ answer: text, type: 'counting', error: '' });

  it('lists its samples by number', async () => {
    expect(await task.getIndices()).toEqual([0, 1]);
  });

  it('shows the rules, the question, and what each statement gives', async () => {
    const { outcome, history } = await play(
      operate('SELECT COUNT(*)\nFROM ships;'),
      operate('SELECT x FROM ships'),
      answer('["2"]'),
    );
    expect(outcome).toEqual({ status: 'completed', result: counting(' ["2"]') });
    expect(history.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
      'user',
      'assistant',
      'user',
      'assistant',
    ]);
    const said = history.map(({ content }) => contentText(content));
    expect(said[0]).toContain('Action: Operation');
    expect(said[0]).toContain('Final Answer: [');
    expect(said[2]).toBe('How many?\nTable ships.');
    expect(said[4]).toBe('[(2,)]');
    expect(said[6]).toMatch(/^1054 \(42S22\): Unknown column 'x'/);
  });

  it.each([
    ['says nothing of use', 'Hello.'],
    ['operates without a block', 'Action: Operation\nSELECT 1'],
    ['forgets the answer', 'Action: Answer\n["2"]'],
    ['says nothing', ''],
  ])('fails the validation of an agent that %s', async (_name, reply) => {
    expect((await play(reply)).outcome).toEqual({ status: 'agent validation failed', result: counting('') });
  });

  it('takes an answer without its action, as the reference does', async () => {
    expect((await play('I know.\nFinal Answer: 2')).outcome).toEqual({
      status: 'completed',
      result: counting(' 2'),
    });
  });

  it('lets an agent operate max_round times, and then only answer', async () => {
    const three = [1, 2, 3].map(() => operate('SELECT 1'));
    expect((await play(...three, answer('[2]'))).outcome.status).toBe('completed');
    const { outcome, history } = await play(...three, operate('SELECT 1'));
    expect(outcome).toEqual({ status: 'task limit reached', result: counting('') });
    expect(history).toHaveLength(10);
    expect((await play(...three, 'What now?')).outcome.status).toBe('task limit reached');
  });

  it('ends as the agent does: over its context, or cancelled', async () => {
    const full: AgentOutput = { status: 'agent context limit', content: null };
    const first = await playSample(task, 0, { agent: () => full });
    expect(first.outcome).toEqual({ status: 'agent context limit', result: counting('') });
    const later = await playSample(task, 0, {
      agent: (_history, turn) => (turn === 0 ? operate('SELECT 1') : full),
    });
    expect(later.outcome.status).toBe('agent context limit');
    const cancelled = await playSample(task, 0, { agent: () => ({ status: 'cancelled', content: null }) });
    expect(cancelled.outcome).toEqual({
      status: 'unknown',
      result: { answer: '', type: 'counting', error: 'the sample was cancelled' },
    });
  });

  it('ends at once when it is cancelled in the middle of a statement', async () => {
    const controller = new AbortController();
    const { outcome } = await playSample(task, 0, {
      signal: controller.signal,
      agent: () => {
        setImmediate(() => controller.abort(new Error('cancelled')));
        return operate(
          'WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n',
        );
      },
    });
    expect(outcome.status).toBe('unknown');
  });

  it('judges a change by its table, whatever the agent answers', async () => {
    const insert = operate("INSERT INTO ships VALUES ('Clara', '3')");
    const played = await playSample(task, 1, { agent: [insert, answer('whatever')] });
    expect(played.outcome).toEqual({
      status: 'completed',
      result: { answer: samples[1]?.answer_md5, type: 'INSERT', error: '' },
    });
    const unchanged = await playSample(task, 1, { agent: [answer('[]')] });
    expect(unchanged.outcome.result).not.toEqual(played.outcome.result);
    const dropped = await playSample(task, 1, { agent: [operate('DROP TABLE ships'), answer('[]')] });
    expect(dropped.outcome.result).toMatchObject({ answer: expect.stringMatching(/^1146 /) });
  });

  it('gives each sample its own database, many at once', async () => {
    const insert = operate("INSERT INTO ships VALUES ('Clara', '3')");
    const agent = [insert, operate('SELECT COUNT(*) FROM ships'), answer('[]')];
    const played = await Promise.all(Array.from({ length: 6 }, () => playSample(task, 1, { agent })));
    for (const { history } of played) expect(contentText(history[6]?.content ?? '')).toBe('[(3,)]');
  });

  it('has an oracle that is always right', async () => {
    const results = [];
    for (const index of await task.getIndices()) {
      const { outcome, history } = await playSample(task, index, {
        agent: (shown) => task.oracle(index, shown),
      });
      results.push({ index, history, ...outcome });
    }
    expect(await task.calculateOverall(results)).toMatchObject({ counting_accuracy: 1, INSERT_accuracy: 1 });
  });

  it('fails for a sample that is not there', async () => {
    await expect(playSample(task, 7, { agent: [''] })).rejects.toThrow('no sample 7');
  });

  it.each([
    [{ database: { engine: 'oracle' } }],
    [{ database: { engine: 'mysql' } }],
    [{ max_round: 0 }],
    [{ database: { statementLimitMs: 0 } }],
  ])('refuses the parameters %o', (parameters) => {
    expect(DbBenchTask.parameters.safeParse(parameters).success).toBe(false);
  });
});
