import { isJsonObject } from '../../base/index.ts';
import type { SampleStatus, TaskOutput } from '../../sdk/index.ts';

export type Overall = {
  readonly overall: {
    readonly total: number;
    readonly pass: number;
    readonly wrong: number;
    /** 0 to 1; 0 without any outcome that counts. */
    readonly acc: number;
  };
};

const agentsDoing: ReadonlySet<SampleStatus> = new Set([
  'task limit reached',
  'agent context limit',
  'agent validation failed',
  'agent invalid action',
]);

/** Counts the outcomes that are the agent's own. What ended by a fault of the task or was cancelled is not in the total. */
export function scoreOutcomes(results: readonly TaskOutput[]): Overall {
  const counted = results.filter(isAgentsOwn);
  const total = counted.length;
  const pass = counted.filter(({ result }) => isJsonObject(result) && result['result'] === true).length;
  return { overall: { total, pass, wrong: total - pass, acc: total === 0 ? 0 : pass / total } };
}

function isAgentsOwn({ status, result }: TaskOutput): boolean {
  if (agentsDoing.has(status)) return true;
  return status === 'completed' && isJsonObject(result) && typeof result['result'] === 'boolean';
}
