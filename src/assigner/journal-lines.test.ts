import { describe, expect, it } from 'vitest';
import {
  formatAnswer,
  formatEnd,
  formatLeftOver,
  formatSession,
  formatStart,
  readLeftOver,
  type JournaledStart,
} from './journal-lines.ts';

const controller = 'http://localhost:5000/api';
const start: JournaledStart = {
  startId: 'x:0',
  controller,
  agent: 'a',
  task: 't',
  name: 't-std',
  index: 'é',
  attempt: 2,
};
const answer = {
  turn: 1,
  answer: { status: 'normal', content: 'one' },
  spent: { ms: 5, tokens: 7 },
} as const;
const join = (...lines: readonly string[]) => `${lines.join('\n')}\n`;

describe('a journal of sessions', () => {
  it('tells how far each session came that has no end', () => {
    const text = join(
      formatStart(start),
      formatStart({ ...start, startId: 'x:1', index: 1 }),
      formatSession('x:0', 7),
      formatAnswer('x:0', answer),
      formatStart({ ...start, startId: 'x:2', index: 2 }),
      formatAnswer('x:0', { ...answer, turn: 2 }),
      formatEnd('x:2', true),
    );
    expect(readLeftOver(text)).toEqual({
      owners: [],
      sessions: [
        { ...start, id: 7, last: { ...answer, turn: 2 } },
        { ...start, startId: 'x:1', index: 1 },
      ],
    });
  });

  it('says the same when it is written anew in fewer lines', () => {
    const text = join(
      JSON.stringify({ event: 'owner', owner: 'old' }),
      formatStart(start),
      formatSession('x:0', 7),
      formatAnswer('x:0', answer),
      formatAnswer('x:0', { ...answer, turn: 2 }),
      formatEnd('x:0', false),
      formatStart({ ...start, startId: 'x:1' }),
      formatEnd('x:1', true),
    );
    const read = readLeftOver(text);
    expect(read.sessions).toMatchObject([{ startId: 'x:0', isAbandoned: true, last: { turn: 2 } }]);
    const compact = formatLeftOver(read);
    expect(readLeftOver(compact)).toEqual(read);
    expect(compact.trimEnd().split('\n')).toHaveLength(5);
  });

  it('forgets a line that the kill has torn', () => {
    const torn = formatAnswer('x:0', { ...answer, turn: 2 }).slice(0, 30);
    const text = join(formatStart(start), formatAnswer('x:0', answer)) + torn;
    expect(readLeftOver(text).sessions).toMatchObject([{ last: { turn: 1 } }]);
    expect(readLeftOver(formatStart(start).slice(0, -5)).sessions).toEqual([]);
  });

  it('is read as the first version of this program wrote it, to end what it tells of', () => {
    const old = { controller, agent: 'a', task: 't', name: 't', index: 3 };
    const text = join(
      JSON.stringify({ event: 'owner', owner: 'uuid' }),
      JSON.stringify({ event: 'start', id: 5, ...old }),
      JSON.stringify({ event: 'start', id: 6, ...old }),
      JSON.stringify({ event: 'end', id: 5, controller }),
    );
    const read = readLeftOver(text);
    expect(read.owners).toEqual(['uuid']);
    expect(read.sessions).toMatchObject([{ id: 6, ...old }]);
    expect(read.sessions[0]).not.toHaveProperty('attempt');
    expect(readLeftOver(formatLeftOver(read))).toEqual(read);
  });
});
