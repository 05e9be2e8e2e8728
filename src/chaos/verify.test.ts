import { describe, expect, it } from 'vitest';
import type { Evidence, RunLine, Step } from './evidence.ts';
import type { Fault } from './fault.ts';
import { wordAnswer } from './thinking-agent.ts';
import { verify } from './verify.ts';

const run = (changes: Partial<RunLine> = {}): RunLine => {
  const index = changes.index ?? 0;
  return {
    agent: 'a',
    index,
    status: 'completed',
    cause: 'none',
    session: 1,
    answers: [1, 2].map((turn) => wordAnswer({ agent: 'a', index, turn })),
    timeMs: 1_000,
    ...changes,
  };
};

const step = (changes: Partial<Step> = {}): Step => ({
  worker: 'worker-1',
  session: 1,
  index: 0,
  turn: 1,
  timeMs: 100,
  ...changes,
});

const struck = (fault: Fault, beganMs: number) => ({ fault, beganMs, endedMs: beganMs + 500 });

/** Two samples of two turns, as they should have been played, with changes. */
function evidence(changes: Partial<Evidence> = {}): Evidence {
  return {
    agents: ['a'],
    samplesPerAgent: 2,
    turnsPerSample: 2,
    runs: [run(), run({ index: 1, session: 2 })],
    failures: [],
    torn: [],
    steps: goodSteps,
    faults: [],
    ...changes,
  };
}

const goodSteps = [
  step(),
  step({ turn: 2 }),
  step({ session: 2, index: 1, timeMs: 20_000 }),
  step({ session: 2, index: 1, turn: 2, timeMs: 20_100 }),
];

/** A session of sample 1 that ended without a run, 10 s before the next one of it began. */
const abandoned = step({ session: 9, index: 1, timeMs: 10_000 });

describe('verify', () => {
  it('finds nothing wrong where each sample has one run and each step was taken once', () => {
    const { figures, problems } = verify(evidence());
    expect(problems).toEqual([]);
    expect(figures).toMatchObject({ samples: 2, lost: 0, doubled: 0, steps: 4, stepsReplayed: 0 });
  });

  it.each<[string, Partial<Evidence>, RegExp]>([
    ['a missing sample', { runs: [run()] }, /sample 1 of a is lost/],
    ['an unscored run', { runs: [run(), run({ index: 1, session: 2, cause: 'worker' })] }, /sample 1 .*lost/],
    ['a doubled run', { runs: [run(), run({ index: 1, session: 2 }), run()] }, /sample 0 .*more than one/],
    ['a torn line', { torn: ['runs.jsonl:3'] }, /runs\.jsonl:3/],
    ['a doubled step', { steps: [...goodSteps, step({ turn: 2 })] }, /turn 2 of session 1 was played again/],
    ['a missing step', { steps: goodSteps.slice(1) }, /session 1 .* has the turns 2, not 1 2/],
    ['a step too many', { steps: [...goodSteps, step({ turn: 3 })] }, /has the turns 1 2 3/],
    [
      'a run without its session',
      { runs: [run({ session: undefined }), run({ index: 1, session: 2 })] },
      /none/,
    ],
    [
      'a session of another sample',
      { runs: [run({ session: 2 }), run({ index: 1, session: 1 })] },
      /session 2 played another sample/,
    ],
    [
      'an answer that was played twice',
      {
        runs: [run({ answers: ['answer 1 of a to 0', 'answer 1 of a to 0'] }), run({ index: 1, session: 2 })],
      },
      /sample 0 of a .*answers in their order/,
    ],
    ['a blamed agent', { failures: [run({ cause: 'agent', session: 3 })] }, /with the cause agent/],
    ['a blamed task', { failures: [run({ cause: 'task', session: 3 })] }, /with the cause task/],
    ['a failure without a cause', { failures: [run({ cause: undefined })] }, /with the cause none at all/],
    ['a session that nothing ended', { steps: [...goodSteps, abandoned] }, /session 9 .* no fault explains/],
  ])('finds %s', (_what, changes, expected) => {
    const { problems } = verify(evidence(changes));
    expect(problems.join('\n')).toMatch(expected);
  });

  it.each<[string, Fault]>([
    ['the kill of its worker', { kind: 'kill', program: 'worker-1', holdMs: 1, atMs: 0 }],
    ['a long stop of its worker', { kind: 'stop', program: 'worker-1', holdMs: 5_000, atMs: 0 }],
    ['an assigner that was asked to end', { kind: 'restart', program: 'assigner', holdMs: 1, atMs: 0 }],
    ['a full disk', { kind: 'fill-disk', holdMs: 1, atMs: 0 }],
  ])('counts a session as replayed after %s', (_what, fault) => {
    const { problems, figures } = verify(
      evidence({ steps: [...goodSteps, abandoned], faults: [struck(fault, 11_000)] }),
    );
    expect(problems).toEqual([]);
    expect(figures).toMatchObject({ stepsReplayed: 1, samplesReplayed: 1 });
  });

  it.each<[string, Fault, number]>([
    ['another worker’s kill', { kind: 'kill', program: 'worker-2', holdMs: 1, atMs: 0 }, 11_000],
    ['the controller’s kill', { kind: 'kill', program: 'controller', holdMs: 1, atMs: 0 }, 11_000],
    ['the assigner’s kill', { kind: 'kill', program: 'assigner', holdMs: 1, atMs: 0 }, 11_000],
    ['a short stop', { kind: 'stop', program: 'worker-1', holdMs: 400, atMs: 0 }, 11_000],
    ['a cut', { kind: 'cut-reply', link: 'assigner-controller', share: 0, atMs: 0 }, 11_000],
    ['a kill before it', { kind: 'kill', program: 'worker-1', holdMs: 1, atMs: 0 }, 5_000],
    ['a kill after it was played anew', { kind: 'kill', program: 'worker-1', holdMs: 1, atMs: 0 }, 30_000],
  ])('does not take %s for a reason to give a session up', (_what, fault, beganMs) => {
    const { problems } = verify(
      evidence({ steps: [...goodSteps, abandoned], faults: [struck(fault, beganMs)] }),
    );
    expect(problems.join('\n')).toMatch(/session 9 .* no fault explains/);
  });

  it('counts failed attempts by their cause', () => {
    const failures = [run({ cause: 'worker' }), run({ cause: 'worker' }), run({ cause: 'controller' })];
    expect(verify(evidence({ failures })).figures.retries).toEqual({ worker: 2, controller: 1 });
  });
});
