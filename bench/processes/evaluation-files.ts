import { stringify } from 'yaml';
import type { ScratchFolder } from '../scratch.ts';

export interface EvaluationPlan {
  readonly task: { readonly module: string; readonly parameters: Readonly<Record<string, unknown>> };
  readonly taskConcurrency: number;
  readonly agentConcurrency: number;
  /** What the agent always answers. */
  readonly reply?: string;
}

/** The name of the one task and of the one agent. */
export const names = { task: 'bench', agent: 'scripted' } as const;

/** Writes the file that a worker is started by. */
export function writeTaskFile(folder: ScratchFolder, { task }: EvaluationPlan): Promise<string> {
  return folder.write('tasks.yaml', stringify({ [names.task]: task }));
}

/** Writes an assignment file: for `run`, or, with a controller, for an assigner of a system that is there. */
export function writeAssignmentFile(
  folder: ScratchFolder,
  plan: EvaluationPlan,
  controller?: string,
): Promise<string> {
  const { task, taskConcurrency, agentConcurrency, reply = 'an answer' } = plan;
  const client = {
    module: 'task-client',
    parameters: { name: names.task, controller_address: `${controller}/api` },
  };
  const assignment = {
    definition: {
      task: { [names.task]: controller === undefined ? task : client },
      agent: { [names.agent]: { module: 'scripted', parameters: { replies: [reply] } } },
    },
    concurrency: { task: { [names.task]: taskConcurrency }, agent: { [names.agent]: agentConcurrency } },
    assignments: [{ agent: names.agent, task: names.task }],
    output: 'out',
    ...(controller === undefined && { start: { [names.task]: 1 } }),
  };
  return folder.write(
    `assignment-${controller === undefined ? 'run' : 'assigner'}.yaml`,
    stringify(assignment),
  );
}
