import type { Json, JsonObject } from '../../base/index.ts';
import { redactSecrets } from '../redact-secrets.ts';
import type { AssignmentConfig } from './assignment-config.ts';
import type { ModuleDefinition } from './module-definition.ts';
import type { TaskDefinition } from './task-definitions.ts';

/**
 * The checked configuration as `config.yaml` holds it, in the shape of an assignment file, with `output` as the folder
 * that it became and without secrets.
 */
export function describeAssignmentConfig(config: AssignmentConfig, output: string): JsonObject {
  const { agents, tasks, concurrency, pairs, secrets } = config;
  const described: JsonObject = {
    assignments: pairs.map(({ agent, task, weight }): Json => ({
      agent,
      task,
      ...(weight !== 1 && { weight }),
    })),
    concurrency: {
      agent: Object.fromEntries(concurrency.agents),
      task: Object.fromEntries(concurrency.tasks),
    },
    definition: { agent: describeDefinitions(agents), task: describeDefinitions(tasks) },
    output,
  };
  return redactSecrets(described, secrets) as JsonObject;
}

function describeDefinitions(
  definitions: ReadonlyMap<string, ModuleDefinition & Pick<TaskDefinition, 'limits' | 'recycle'>>,
): JsonObject {
  const pairs = [...definitions].map(([name, { module, parameters, limits, recycle }]): [string, Json] => [
    name,
    {
      module,
      parameters,
      ...(limits ? { limits: { ...limits } } : {}),
      ...(recycle ? { recycle: { ...recycle } } : {}),
    },
  ]);
  return Object.fromEntries(pairs);
}
