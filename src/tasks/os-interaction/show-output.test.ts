import { describe, expect, it } from 'vitest';
import type { CommandResult } from '../../sandbox/index.ts';
import { showOutput, shownOutput } from './show-output.ts';

const result = (text: string, changes: Partial<CommandResult> = {}): CommandResult => ({
  ending: 'exited',
  exitCode: 0,
  output: { text, totalBytes: Buffer.byteLength(text), truncated: false },
  stateKept: true,
  ...changes,
});
const shown = (text: string, changes?: Partial<CommandResult>) => showOutput(result(text, changes), 5000);

describe('showOutput', () => {
  it('shows what was printed, byte for byte', () => {
    expect(shown('  a\n\tb \n\n')).toBe('The output of the OS:\n\n  a\n\tb \n\n');
    expect(shown('')).toBe('The output of the OS is empty.');
  });

  it('shows the beginning of more than 800 characters', () => {
    expect(shown('x'.repeat(800))).toBe(`The output of the OS:\n\n${'x'.repeat(800)}`);
    expect(shown('x'.repeat(801))).toBe(
      `The output of the OS:\n\n${'x'.repeat(780)}\n[truncated because the output is too long]`,
    );
  });

  it('cuts no character into halves', () => {
    expect(shown('🦉'.repeat(800))).not.toContain('truncated');
    expect(shown('🦉'.repeat(801))).toContain(`${'🦉'.repeat(780)}\n[truncated`);
  });

  it('says that a command was stopped, and what is lost', () => {
    expect(shown('so far', { ending: 'time-limit', exitCode: undefined })).toBe(
      'The output of the OS:\n\nso far\n[the command was stopped after 5 seconds]',
    );
    expect(shown('', { ending: 'time-limit', exitCode: undefined, stateKept: false })).toMatch(
      /stopped after 5 seconds; a new shell is started: .* reset\]$/,
    );
  });

  it('says that the shell ended', () => {
    expect(shown('bye\n', { ending: 'shell-ended', exitCode: 3, stateKept: false })).toMatch(
      /bye\n\[the shell ended with status 3; a new shell is started/,
    );
  });
});

describe('shownOutput', () => {
  it.each(['', '12\n', 'The output of the OS is empty?'])('gives back %j', (text) => {
    expect(shownOutput(shown(text))).toBe(text);
  });

  it('gives nothing for another message', () => {
    expect(shownOutput('What is the output of the OS?')).toBeUndefined();
  });
});
