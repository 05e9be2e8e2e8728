import { describe, expect, it } from 'vitest';
import type { ExecResult, Sandbox } from '../../sandbox/index.ts';
import { judge } from './judge.ts';
import type { Evaluation, Script } from './problem.ts';
import { pythonPattern } from './python-pattern.ts';

type Ended = { readonly exitCode?: number | undefined; readonly printed?: string };

/** Keeps what it was told to run, and ends it as the list says. */
class FakeSandbox implements Sandbox {
  readonly id = 'fake';
  readonly ran: (readonly string[])[] = [];
  readonly files = new Map<string, string | Uint8Array>();
  readonly #ends: Ended[];

  constructor(...ends: Ended[]) {
    this.#ends = ends;
  }

  async exec(argv: readonly string[]): Promise<ExecResult> {
    this.ran.push(argv);
    const end: Ended = this.#ends.shift() ?? {};
    const captured = (text: string) => ({ text, totalBytes: text.length, truncated: false });
    const exitCode = 'exitCode' in end ? end.exitCode : 0;
    const ending = exitCode === undefined ? 'time-limit' : 'exited';
    return { ending, exitCode, stdout: captured(end.printed ?? ''), stderr: captured('a warning') };
  }

  async write(file: string, content: string | Uint8Array): Promise<void> {
    this.files.set(file, content);
  }

  shell(): Promise<never> {
    return Promise.reject(new Error('nothing is judged in a shell'));
  }

  read(): Promise<never> {
    return Promise.reject(new Error('nothing is read'));
  }

  destroy(): Promise<void> {
    return Promise.resolve();
  }
}

const options = { timeLimitMs: 1000, signal: new AbortController().signal };
const judged = (evaluation: Evaluation, answer: string | null, sandbox = new FakeSandbox()) =>
  judge({ evaluation, answer }, sandbox, options);
const check = (...scripts: readonly Script[]): Evaluation => ({
  kind: 'check',
  scripts,
  comparesWithExample: false,
});
const bash = (code: string): Script => ({ language: 'bash', code });

describe('judging a match', () => {
  it('wants the very answer, blanks around it aside', async () => {
    const evaluation = { kind: 'answer', answer: 'log', strip: true } as const;
    expect(await judged(evaluation, ' log\n')).toBe(true);
    expect(await judged(evaluation, 'Log')).toBe(false);
    expect(await judged({ ...evaluation, strip: false }, ' log')).toBe(false);
  });

  it('looks for a pattern anywhere in the answer', async () => {
    const evaluation = { kind: 'regex', pattern: pythonPattern('b+'), strip: true } as const;
    expect(await judged(evaluation, 'abba')).toBe(true);
    expect(await judged(evaluation, 'abba')).toBe(true);
    expect(await judged(evaluation, 'aa')).toBe(false);
  });

  it('is wrong without an answer', async () => {
    expect(await judged({ kind: 'answer', answer: '', strip: true }, null)).toBe(false);
    expect(await judged({ kind: 'regex', pattern: /(?:)/, strip: true }, null)).toBe(false);
  });
});

describe('judging by checks', () => {
  it('gives each the answer and what those before it printed on standard output', async () => {
    const sandbox = new FakeSandbox({ printed: '7\n' }, { printed: 'eight' });
    const scripts = check(bash('wc'), { language: 'python', code: 'print(1)' }, bash('true'));
    expect(await judged(scripts, ' 7', sandbox)).toBe(true);
    expect(sandbox.ran).toEqual([
      ['bash', '-c', 'wc', '--', ' 7'],
      ['python3', '-c', 'print(1)', ' 7', '7\n'],
      ['bash', '-c', 'true', '--', ' 7', '7\n', 'eight'],
    ]);
  });

  it('ends with the first that does not pass', async () => {
    const sandbox = new FakeSandbox({ exitCode: 1 });
    expect(await judged(check(bash('a'), bash('b')), '', sandbox)).toBe(false);
    expect(sandbox.ran).toHaveLength(1);
  });

  it('does not pass one that ran over its time', async () => {
    expect(await judged(check(bash('a')), '', new FakeSandbox({ exitCode: undefined }))).toBe(false);
  });

  it('says None where there is no answer', async () => {
    const sandbox = new FakeSandbox();
    await judged(check(bash('a')), null, sandbox);
    expect(sandbox.ran).toEqual([['bash', '-c', 'a', '--', 'None']]);
  });

  it('compiles what has to be compiled, and is not passed when the agent has made that fail', async () => {
    const evaluation = check({ language: 'c++', code: 'int main() {}' });
    const sandbox = new FakeSandbox();
    expect(await judged(evaluation, '3', sandbox)).toBe(true);
    expect(sandbox.files.get('/tmp/main.cpp')).toBe('int main() {}');
    expect(sandbox.ran).toEqual([
      ['g++', '-o', '/tmp/a.out', '/tmp/main.cpp'],
      ['/tmp/a.out', '3'],
    ]);
    expect(await judged(evaluation, '3', new FakeSandbox({ exitCode: 1 }))).toBe(false);
  });

  it.each(['nul \0 inside', 'x'.repeat(100_001)])(
    'is wrong with an answer that no program can take',
    async (answer) => {
      const sandbox = new FakeSandbox();
      expect(await judged(check(bash('true')), answer, sandbox)).toBe(false);
      expect(sandbox.ran).toEqual([]);
    },
  );

  it('cannot judge a sample that was cancelled', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));
    const judging = judge({ evaluation: check(bash('a')), answer: '' }, new FakeSandbox(), {
      ...options,
      signal,
    });
    await expect(judging).rejects.toThrow('cancelled');
  });
});
