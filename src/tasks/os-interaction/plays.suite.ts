import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger, systemClock } from '../../base/index.ts';
import { contentText } from '../../sdk/index.ts';
import { playSample, type TestAgent } from '../../testing/play-sample.ts';
import type { SandboxFixture } from './oracle.suite.ts';
import { OsInteractionTask } from './task.ts';

const bash = (script: string) => `Act: bash\n\`\`\`bash\n${script}\n\`\`\``;
const problems = {
  plain: { description: 'How many?', evaluation: { match: '5' } },
  variable: { description: '', start: 'colour=red; cd /usr; sleep 100000 &', evaluation: { match: 'x' } },
  init: {
    description: '',
    create: { init: ['echo one > ~/a', 'cat ~/a ~/gone'] },
    evaluation: { match: 'x' },
  },
  start: { description: '', start: 'colour=red; exit 3', evaluation: { match: 'x' } },
  compiled: {
    description: '',
    evaluation: { check: { language: 'c', code: 'int main(void) { return 0; }' } },
  },
  uncompilable: {
    description: '',
    create: { init: 'rm -f $(command -v gcc)' },
    evaluation: { check: { language: 'c', code: 'int main(void) { return 0; }' } },
  },
  check: { description: '', evaluation: { check: ['echo seen; test "$1" = 5', '[[ $2 == seen* ]]'] } },
};
type Name = keyof typeof problems;

/** What whole plays come to. */
export function describePlays(name: string, { sandbox, skip }: SandboxFixture): void {
  const title = `a play in ${name}${skip === undefined ? '' : ` (${skip})`}`;
  describe.skipIf(skip !== undefined)(title, () => {
    let folder: string;
    let task: OsInteractionTask;
    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'proctor-os-'));
      for (const [file, problem] of Object.entries(problems))
        await writeFile(path.join(folder, `${file}.json`), JSON.stringify(problem));
      const parameters = OsInteractionTask.parameters.parse({
        name: 'os',
        concurrency: 2,
        data_config: { files: [{ problem_file: '*.json' }] },
        command_time_limit: 2,
        sandbox: sandbox(),
      });
      task = new OsInteractionTask(parameters, {
        name: 'os',
        folder,
        log: silentLogger,
        clock: systemClock,
      });
    });
    afterAll(async () => {
      await task.release();
      await rm(folder, { recursive: true });
    });

    const play = async (problem: Name, agent: readonly string[] | TestAgent, signal?: AbortSignal) => {
      const { outcome, history } = await playSample(task, `${problem}-00000`, {
        agent,
        ...(signal && { signal }),
      });
      const shown = history.filter(({ role }) => role === 'user').map(({ content }) => contentText(content));
      return { outcome, shown };
    };

    it('is judged by what the agent answers', async () => {
      expect((await play('plain', ['Act: answer(5)'])).outcome).toEqual({
        status: 'completed',
        result: { result: true },
      });
      expect((await play('plain', ['Act: answer(6)'])).outcome.result).toEqual({ result: false });
      expect((await play('check', ['Act: answer(5)'])).outcome.result).toEqual({ result: true });
      expect((await play('check', ['Act: finish'])).outcome.result).toEqual({ result: false });
    });

    it("keeps the shell's state, which begins as the problem says", async () => {
      const agent = [
        bash('echo $colour $PWD'),
        bash('colour=blue; cd /'),
        bash('echo $colour $PWD'),
        'Act: finish',
      ];
      const { shown } = await play('variable', agent);
      expect(shown.slice(-3)).toEqual([
        'The output of the OS:\n\nred /usr\n',
        'The output of the OS is empty.',
        'The output of the OS:\n\nblue /\n',
      ]);
    });

    it('goes on after a command that does not end, or that ends the shell', async () => {
      const agent = [bash('echo so far; sleep 100000'), bash('exit 7'), bash('echo on'), 'Act: answer(5)'];
      const { shown, outcome } = await play('plain', agent);
      expect(shown.at(-3)).toMatch(/so far\n+\[the command was stopped after 2 seconds/);
      expect(shown.at(-2)).toMatch(/\[the shell ended with status 7; a new shell is started/);
      expect(shown.at(-1)).toBe('The output of the OS:\n\non\n');
      expect(outcome.result).toEqual({ result: true });
    });

    it('gives each sample a machine of its own', async () => {
      await play('plain', [bash('echo mine > /root/mine; ls /root'), 'Act: finish']);
      const { shown } = await play('plain', [bash('cat /root/mine'), 'Act: finish']);
      expect(shown.at(-1)).toContain('No such file');
    });

    it('leaves nothing running when it has ended', async () => {
      const isRunning = () =>
        readdirSync('/proc').some((pid) => {
          try {
            return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === 'sleep\0' + '78001\0';
          } catch {
            return false;
          }
        });
      let wasRunning = false;
      const agent: TestAgent = (_history, turn) => {
        wasRunning ||= isRunning();
        return turn === 0
          ? bash('setsid sleep 78001 &\nuntil pgrep -f "sleep 7800[1]"; do :; done')
          : 'Act: finish';
      };
      await play('plain', agent);
      expect([wasRunning, isRunning()]).toEqual([true, false]);
    });

    it('ends after round_limit replies', async () => {
      expect((await play('plain', [bash('true')])).outcome).toEqual({
        status: 'task limit reached',
        result: { result: false, reason: 'round limit' },
      });
    });

    it('is no outcome of the agent when an init script fails', async () => {
      await expect(play('init', ['Act: finish'])).rejects.toThrow('gone');
    });

    it.each([
      ['a start script ends the shell', 'start', 'start script'],
      ['a check needs a program that is not there', 'uncompilable', 'gcc'],
    ] as const)('is no outcome of the agent when %s', async (_, problem, said) => {
      await expect(play(problem, ['Act: finish'])).rejects.toMatchObject({
        code: 'problem-broken',
        message: expect.stringContaining(said) as string,
      });
    });

    it.each([
      ['what its check needs', 'rm -f $(command -v gcc)'],
      ['the folder that its check is written to', 'rm -rf /tmp; touch /tmp'],
      ['the shell itself', 'rm -f /bin/bash /usr/bin/bash /bin/sh /usr/bin/sh; exit'],
    ])('is lost by an agent that breaks %s', async (_, script) => {
      expect((await play('compiled', ['Act: finish'])).outcome.result).toEqual({ result: true });
      const { outcome } = await play('compiled', [bash(script), 'Act: finish']);
      expect(outcome).toMatchObject({ status: 'completed', result: { result: false } });
    });

    it('ends in a command when the sample is cancelled', async () => {
      const cancel = new AbortController();
      const agent: TestAgent = () => {
        cancel.abort();
        return bash('sleep 100000');
      };
      expect((await play('plain', agent, cancel.signal)).outcome).toEqual({
        status: 'unknown',
        result: { result: false, reason: 'cancelled' },
      });
    });
  });
}
