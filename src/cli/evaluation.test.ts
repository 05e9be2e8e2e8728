import { describe, expect, it } from 'vitest';
import type { Logger } from '../base/index.ts';
import type { AssignmentConfig, TaskDefinition } from '../config/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { prepareEvaluation } from './evaluation.ts';
import type { Shell } from './shell.ts';

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

function configOf(limits: TaskDefinition['limits']): AssignmentConfig {
  const task: TaskDefinition = {
    module: 'task-client',
    parameters: {},
    definedIn: '/nowhere/f.yaml',
    locate: () => 'f.yaml:1:1',
    ...(limits ? { limits } : {}),
  };
  return {
    agents: new Map(),
    tasks: new Map([['t', task]]),
    concurrency: { agents: new Map(), tasks: new Map([['t', 1]]) },
    pairs: [],
    output: 'out',
    start: new Map(),
    warnings: [],
    secrets: [],
    extras: {},
  };
}

async function planOf(limits: TaskDefinition['limits']) {
  const shell = { folder: '/nowhere', clock: new FakeClock() } as unknown as Shell;
  const settings = { autoRetry: false, maxAttempts: 1 };
  return (await prepareEvaluation(configOf(limits), settings, { shell, log: silent })).plan;
}

describe('prepareEvaluation', () => {
  it('hands the limits of samples to the assigner, and writes all limits down', async () => {
    const plan = await planOf({ stepSeconds: 5, sampleSeconds: 1.5, turns: 4, agentTokens: 300 });
    expect(plan.limitsOf?.('t')).toEqual({ wallMs: 1_500, turns: 4, agentTokens: 300, stepSeconds: 5 });
    expect(plan.savedConfig).toContain('sampleSeconds: 1.5');
    expect(plan.savedConfig).toContain('stepSeconds: 5');
  });

  it('limits nothing where nothing is said', async () => {
    expect((await planOf(undefined)).limitsOf?.('t')).toEqual({});
  });
});
