import { describe, expect, it } from 'vitest';
import { ProctorError } from '../base/index.ts';
import { FakeClock } from '../testing/index.ts';
import { escapeControl } from './escape-control.ts';
import { createPrettyLog } from './pretty-log.ts';
import { formatError } from './print-error.ts';

/** Clears the screen, sets the title, forges a line, and turns the text around. */
const hostile = 'w\u001b[2J\u001b]0;x\u0007\r\n08:00:00 info all is well\u009b1m\u202e';
const shown = 'w\\u001b[2J\\u001b]0;x\\u0007\\r\\n08:00:00 info all is well\\u009b1m\\u202e';

describe('text from elsewhere', () => {
  it('reaches the terminal with its control characters written out', () => {
    expect(escapeControl(hostile)).toBe(shown);
    expect(escapeControl('naïve 日本 🙂')).toBe('naïve 日本 🙂');
  });

  it('stays on its line in the log, in messages and fields alike', () => {
    const lines: string[] = [];
    const log = createPrettyLog({
      clock: new FakeClock(),
      level: 'info',
      write: (line) => lines.push(line),
      hasColour: true,
    });
    log.info(`worker ${hostile} registered`);
    log.info('registered', { worker: hostile, bare: '\u001b[2J' });
    expect(lines[0]).toContain(`worker ${shown} registered`);

    for (const line of lines) expect(line.replace(/\u001b\[\d+m/g, '')).not.toMatch(/[\u0000-\u001f\u202e]/);
  });

  it('moves nothing in an error', () => {
    const error = new ProctorError('reply-invalid', { sender: 'http://w', problem: 'a\u001b[2Jb' });
    expect(formatError(error)).toMatch(/^error: .*a\\u001b\[2Jb\n {2}expected: .*\n {2}what to do: .*\n$/);
  });
});
