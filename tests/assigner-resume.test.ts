import { describe, expect, it } from 'vitest';
import { assignmentFile } from './fixtures/configs.ts';
import type { Folder } from './fixtures/folder.ts';
import { runProctor, startProctor } from './fixtures/program.ts';
import { startSystem } from './fixtures/system.ts';
import { until } from './fixtures/until.ts';

const words = ['assigner', '-c', 'assignment.yaml'];
const runsFile = 'out/counting/echo/runs.jsonl';
const samples = 12;
const turns = 4;

/** An agent of a user's that writes down what it is asked, and thinks for a moment. */
const countingCode = `
import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
export class Counting {
  async act(history, { index }) {
    const turn = 1 + history.filter((message) => message.role === 'assistant').length;
    appendFileSync('asked.jsonl', JSON.stringify({ name: index + ':' + turn }) + '\\n');
    await pause(30);
    return { status: 'normal', content: 'answer ' + turn };
  }
}`;

const allTurns = Array.from({ length: samples }, (_none, index) =>
  Array.from({ length: turns }, (_nothing, before) => `${index}:${before + 1}`),
).flat();

async function namesIn(folder: Folder, file: string): Promise<readonly string[]> {
  return (await folder.readLines(file)).map(({ name, index, turn }) =>
    String(name ?? `${String(index)}:${String(turn)}`),
  );
}

/** The answers that a killed assigner left in its journal, as `index:turn`; a last line that was torn is left out. */
async function readAnswers(folder: Folder): Promise<readonly string[]> {
  const lines = (await folder.read('out/.sessions.jsonl')).split('\n').filter((line) => line.endsWith('}'));
  const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const starts = new Map(
    entries.filter(({ event }) => event === 'start').map((entry) => [entry['start_id'], entry['index']]),
  );
  const answers = entries.filter(({ event }) => event === 'answer');
  return answers.map((entry) => `${String(starts.get(entry['start_id']))}:${String(entry['turn'])}`);
}

describe('proctor assigner after kill -9', () => {
  it('goes on in mid-sample: no turn is played twice, and no answer asked for again', async () => {
    await using system = await startSystem({
      samples,
      turns,
      delayMs: 40,
      concurrency: 3,
      journal: 'steps.jsonl',
    });
    const { folder, controller } = system;
    await folder.write('counting.ts', countingCode);
    const agents = { counting: { module: './counting.ts#Counting', parameters: {} } };
    await folder.write('assignment.yaml', assignmentFile({ controller, agents }));
    const asked = () => namesIn(folder, 'asked.jsonl');

    let answered: readonly string[] = [];
    const askedAgain: string[] = [];
    for (const steps of [5, 17, 30]) {
      const before = (await asked()).length;
      await using assigner = startProctor(words, { cwd: folder.path });
      await until(`${steps} steps`, async () => (await namesIn(folder, 'steps.jsonl')).length >= steps);
      assigner.kill('SIGKILL');
      await assigner.exited;
      const since = (await asked()).slice(before);
      askedAgain.push(...since.filter((turn) => answered.includes(turn)));
      answered = await readAnswers(folder);
      expect(answered.length).toBeGreaterThan(0);
    }
    const before = (await asked()).length;
    const { code, stderr } = await runProctor(words, { cwd: folder.path });
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/Going on with [123] sessions/);
    const since = (await asked()).slice(before);
    askedAgain.push(...since.filter((turn) => answered.includes(turn)));

    expect(askedAgain).toEqual([]);
    expect((await namesIn(folder, 'steps.jsonl')).toSorted()).toEqual(allTurns.toSorted());
    const runs = await folder.readLines(runsFile);
    expect(runs).toHaveLength(samples);
    expect(new Set(runs.map(({ index }) => index)).size).toBe(samples);
    expect(new Set(runs.map(({ attempt }) => attempt))).toEqual(new Set([1]));
    expect(await (await fetch(`${controller}/list_sessions`)).json()).toEqual({});
    expect(await folder.list('out')).toEqual(['config.yaml', 'counting']);
  });

  it('gives up a controller that stays away after the --patience', async () => {
    await using system = await startSystem({ samples: 2 });
    const { folder } = system;
    await folder.write('assignment.yaml', assignmentFile({ controller: 'http://127.0.0.1:1/api' }));
    const { code, stderr } = await runProctor([...words, '--patience', '1s'], { cwd: folder.path });
    expect(code).toBe(1);
    expect(stderr).toContain('waiting for it, up to 1 s');
  });
});
