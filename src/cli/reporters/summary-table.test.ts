import { describe, expect, it } from 'vitest';
import type { EvaluationSummary, PairSummary } from '../../assigner/index.ts';
import { formatSummary } from './summary-table.ts';

const whole: PairSummary = {
  agent: 'oracle',
  task: 'echo',
  total: 6,
  completed: 6,
  failed: 0,
  notPlayed: 0,
  unscored: {},
  retries: 0,
  poison: [],
  statuses: { completed: 6 },
  mainScore: { name: 'score', value: 1 },
  metric: { scored: 1, all: 1, how: 'scored by the task' },
};

function summaryOf(pairs: readonly PairSummary[], changes: Partial<EvaluationSummary> = {}): string[] {
  return formatSummary({ pairs, absent: [], stoppedAgents: [], interrupted: false, ...changes }).split('\n');
}

describe('formatSummary', () => {
  it('says no more than needed when every sample is scored', () => {
    expect(summaryOf([whole])).toEqual([
      'agent   task  n  scored  failed  not played  main score',
      '------  ----  -  ------  ------  ----------  ----------',
      'oracle  echo  6       6       0           0     score 1',
    ]);
  });

  it('shows both figures where samples are unscored, and below it why they are', () => {
    const partly: PairSummary = {
      ...whole,
      agent: 'gpt-4o',
      task: 'dbbench-std',
      total: 300,
      completed: 270,
      failed: 20,
      notPlayed: 10,
      unscored: { worker: 12, 'model-api': 8, cancelled: 10 },
      retries: 41,
      poison: [17, 'x'],
      mainScore: { name: 'overall_cat_accuracy', value: 0.41234567 },
      metric: { scored: 0.41234567, all: 0.3711, how: 'share of all' },
    };
    const reason = `The model API of agent "gpt-4o" will not serve it: it answered 401: ${'bad key '.repeat(12)}`;
    const lines = summaryOf([whole, partly], { stoppedAgents: [{ agent: 'gpt-4o', reason }] });
    expect(lines.slice(0, 10)).toEqual([
      'agent   task           n  scored  failed  not played                   main score  over all n',
      '------  -----------  ---  ------  ------  ----------  ---------------------------  ----------',
      'oracle  echo           6       6       0           0                      score 1',
      'gpt-4o  dbbench-std  300     270      20          10  overall_cat_accuracy 0.4123    0.3711 *',
      '* the share of the scored among all, since the task itself does not score the others',
      'not scored:',
      "  gpt-4o on dbbench-std: 12 lost with a worker, 8 without the model's answer, 10 not played or",
      '    cancelled',
      'tried again:',
      '  gpt-4o on dbbench-std: 41 times',
    ]);
    expect(lines).toContain('  gpt-4o on dbbench-std: 17, "x"');
    expect(lines.join('\n')).toMatch(/stopped agents, [^]*\n {2}gpt-4o: The model API/);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('has no figure where there is none', () => {
    const { mainScore: _score, metric: _metric, ...bare } = whole;
    const absent = [{ agent: 'oracle', task: 'gone' }];
    const lines = summaryOf([{ ...bare, overallFailure: 'odd' }], { absent });
    expect(lines[2]).toMatch(/could not be calculated$/);
    expect(lines[3]).toMatch(/oracle +gone +- +- +- +all +no worker came$/);
  });

  it('does not make up a figure over all', () => {
    const metric = { scored: 12, all: null, how: 'not known' } as const;
    const [, , line] = summaryOf([{ ...whole, completed: 5, failed: 1, unscored: { agent: 1 }, metric }]);
    expect(line).toMatch(/score 1 +not known$/);
  });
});
