import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { coerceError, silentLogger, systemClock } from '../../base/index.ts';
import type { SampleIndex, TaskOutput } from '../../sdk/index.ts';
import { playSample, type TestAgent } from '../../testing/play-sample.ts';
import { sharedData, sharedDataMissing } from '../../testing/shared-data.ts';
import { OsInteractionTask } from './task.ts';

export interface SandboxFixture {
  /** The task's `sandbox`; asked for when a test begins. */
  readonly sandbox: () => object;
  /** Why no sandbox can be had here. */
  readonly skip?: string | undefined;
  /** Indices of real problems that cannot be passed in this sandbox, and why. */
  readonly notPlayableHere?: Readonly<Record<string, string>>;
}

const playLimitMs = 240_000;
const lanes = 3;

/** The example of each problem, played by the oracle, passes. */
export function describeOracle(name: string, { sandbox, skip, notPlayableHere }: SandboxFixture): void {
  describe.skipIf(skip !== undefined)(titleOf(`the oracle in ${name}`, skip), () => {
    it(
      "passes each of the project's own problems",
      async () => {
        const { missed, overall } = await playAll({ sandbox: sandbox() });
        expect(missed).toEqual({});
        expect(overall).toEqual({ overall: { total: 32, pass: 32, wrong: 0, acc: 1 } });
      },
      playLimitMs,
    );

    it.skipIf(realProblems === undefined)(
      `passes the real problems that can be played here${realProblems === undefined ? ` (${sharedDataMissing})` : ''}`,
      async () => {
        const real = { data_config: realData, missing_scripts: 'skip' };
        const { missed, indices } = await playAll({ sandbox: sandbox(), ...real });
        for (const index of Object.keys({ ...notPlayable, ...notPlayableHere })) delete missed[index];
        expect(missed).toEqual({});
        expect(indices).toHaveLength(50);
      },
      playLimitMs,
    );
  });
}

/** What the problems are like, in whatever sandbox: it is enough to play them in one. */
export function describeOwnProblems(name: string, { sandbox, skip }: SandboxFixture): void {
  describe.skipIf(skip !== undefined)(titleOf(`the project's own problems in ${name}`, skip), () => {
    it(
      'are passed by the oracle in the style tools too',
      async () => {
        const { missed } = await playAll({ sandbox: sandbox(), style: 'tools' });
        expect(missed).toEqual({});
      },
      playLimitMs,
    );

    const destroy =
      'Act: bash\n\n```bash\nrm -rf /srv/* /var/log/* /var/spool/*; mkdir -p /srv; echo "[]" >/srv/orders.json\n```';
    it.each([
      ['says that it has no idea', ['Act: answer(no idea)']],
      ['says that it is done', ['Act: finish']],
      ['removes everything and answers 0', [destroy, 'Act: answer(0)']],
    ])(
      'are not passed by who %s',
      async (_, replies) => {
        const agent: TestAgent = (_history, turn) => replies[turn] ?? '';
        const { overall } = await playAll({ sandbox: sandbox() }, agent);
        expect(overall).toEqual({ overall: { total: 32, pass: 0, wrong: 32, acc: 0 } });
      },
      playLimitMs,
    );
  });
}

function titleOf(title: string, skip: string | undefined): string {
  return skip === undefined ? title : `${title} (${skip})`;
}

const realProblems = sharedData && path.join(sharedData, 'agentbench/os_interaction');
const realFile = (pattern: string, prefix: string) => ({
  problem_file: `${realProblems}/${pattern}`,
  script_dir: `${realProblems}/scripts`,
  index_prefix: prefix,
});
const realData = {
  files: [
    realFile('dev.json', 'dev-001-'),
    ...[1, 2, 3, 4].map((folder) => realFile(`${folder}/*.json`, `std-00${folder}-`)),
  ],
};

/** What may fail in every sandbox without a fault of the oracle, and why. */
const notPlayable: Readonly<Record<string, string>> = {
  'dev-001-dev-00008':
    'its example prints 4.0K on most file systems, which its check does not take for a size',
  'std-004-N4-00000': 'it wants the terminal to be another user from then on',
  'std-004-Q09-00000': 'it writes to the descriptor 123321, which a limit of open files may forbid',
};

/** Plays all problems; `missed` has the outcome of each that was not passed. */
async function playAll(parameters: object, agent?: TestAgent) {
  const context = { name: 'os', folder: '/', log: silentLogger, clock: systemClock };
  const task = new OsInteractionTask(OsInteractionTask.parameters.parse(parameters), context);
  try {
    const results: TaskOutput[] = [];
    const indices = await task.getIndices();
    const waiting = [...indices];
    const playNext = async () => {
      for (let index = waiting.shift(); index !== undefined; index = waiting.shift())
        results.push(await play(task, index, agent));
    };
    await Promise.all(Array.from({ length: lanes }, playNext));
    const failures = results.filter((output) => !isPassed(output));
    const missed = Object.fromEntries(failures.map(({ index, result }) => [index, result]));
    return { indices, overall: task.calculateOverall(results), missed };
  } finally {
    await task.release();
  }
}

async function play(task: OsInteractionTask, index: SampleIndex, agent?: TestAgent): Promise<TaskOutput> {
  const oracle: TestAgent = (history) => task.oracle(index, history);
  try {
    const { outcome, history } = await playSample(task, index, { agent: agent ?? oracle });
    return { index, history, ...outcome };
  } catch (error) {
    return { index, history: null, status: 'task error', result: coerceError(error).message };
  }
}

function isPassed({ status, result }: TaskOutput): boolean {
  return status === 'completed' && JSON.stringify(result) === '{"result":true}';
}
