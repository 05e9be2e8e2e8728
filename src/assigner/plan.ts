import { ProctorError } from '../base/index.ts';
import type { SampleLimits } from './sample-limits.ts';
import { defaultTimings, type EvaluationTimings } from './timings.ts';

/** One agent on one task. */
export interface Assignment {
  readonly agent: string;
  readonly task: string;
  /** How many slots it gets for one of an assignment of weight 1, where both want more than there are; above 0, and 1 unless told. */
  readonly weight?: number;
}

/** What is to be played, by whom, and where it is kept. */
export interface EvaluationPlan {
  readonly pairs: readonly Assignment[];
  /** How many samples an agent plays at once, 1 or more. */
  readonly agentConcurrency: Readonly<Record<string, number>>;
  /** How many sessions of a task this evaluation holds at once, 1 or more; the workers' free slots limit it as well. */
  readonly taskConcurrency: Readonly<Record<string, number>>;
  /** The task's controller, with the prefix: `http://localhost:5000/api`. */
  readonly controllerOf: (task: string) => string;
  /** The name that the controller knows the task by, where it is another one. */
  readonly controllerNameOf?: (task: string) => string;
  /** How far a sample of a task may go; not limited unless told. */
  readonly limitsOf?: (task: string) => SampleLimits;
  /** The output folder, absolute. */
  readonly folder: string;
  /** The text of the output folder's `config.yaml`, free of secrets. */
  readonly savedConfig: string;
  /** Whether a failed sample is tried again. */
  readonly autoRetry: boolean;
  /** How often a sample is tried in all, 1 or more; only with `autoRetry`. */
  readonly maxAttempts: number;
  /** So many workers that die under one sample have it set aside, whatever `maxAttempts` says; 3 unless told. */
  readonly poisonAfter?: number;
  /** Times that differ from the defaults. */
  readonly timings?: Partial<EvaluationTimings>;
}

/** Throws `config-invalid` for a name that would leave the output folder, a concurrency below 1 and the like. */
export function checkPlan(plan: EvaluationPlan): void {
  for (const { agent, task, weight = 1 } of plan.pairs) {
    checkName('agent', agent);
    checkName('task', task);
    checkCount(`concurrency.agent.${agent}`, plan.agentConcurrency[agent]);
    checkCount(`concurrency.task.${task}`, plan.taskConcurrency[task]);
    checkWeight({ agent, task, weight });
  }
  checkCount('max-attempts', plan.maxAttempts);
  if (plan.poisonAfter !== undefined) checkCount('poison-after', plan.poisonAfter);
}

export function completeTimings(plan: EvaluationPlan): EvaluationTimings {
  return { ...defaultTimings, ...plan.timings };
}

function checkName(kind: 'agent' | 'task', name: string): void {
  if (name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name)) return;
  throw new ProctorError('config-invalid', {
    problem: `The ${kind} name ${JSON.stringify(name)} cannot be the name of a folder`,
    wanted: 'a name that is not empty, "." or "..", without "/" and "\\"',
  });
}

function checkWeight({ agent, task, weight }: Required<Assignment>): void {
  if (Number.isFinite(weight) && weight > 0) return;
  const problem = `The weight of agent ${agent} on task ${task} is ${weight}`;
  throw new ProctorError('config-invalid', { problem, wanted: 'a number above 0' });
}

function checkCount(name: string, count: number | undefined): void {
  if (count !== undefined && Number.isInteger(count) && count >= 1) return;
  throw new ProctorError('config-invalid', {
    problem: `${name} is ${count === undefined ? 'not given' : String(count)}`,
    wanted: 'an integer of 1 or more',
  });
}
