import { isJsonObject, type Json } from '../base/index.ts';
import type { ConfigPath } from '../config/index.ts';

/** All tasks of a project, unless told otherwise. */
export const defaultTasksFile = 'configs/tasks/task_assembly.yaml';

/**
 * Where the task definitions stand in a file: a task assembly is nothing else, a start file has them under `definition`, an
 * assignment file under `definition.task`.
 */
export function locateTaskDefinitions(value: Json): ConfigPath {
  const definition = isJsonObject(value) ? value['definition'] : undefined;
  if (!isJsonObject(definition) || 'module' in definition) return [];
  const { task } = definition;
  return isJsonObject(task) && !('module' in task) ? ['definition', 'task'] : ['definition'];
}

/** Where the agent definitions stand: an agents file is nothing else, an assignment file has them under `definition.agent`. */
export function locateAgentDefinitions(value: Json): ConfigPath {
  const definition = isJsonObject(value) ? value['definition'] : undefined;
  return isJsonObject(definition) && isJsonObject(definition['agent']) ? ['definition', 'agent'] : [];
}

/** The names by which an assignment file says that a task is only reached through its controller. */
const clientModules: readonly string[] = ['src.client.TaskClient', 'task-client'];

export function isTaskClient(module: string): boolean {
  return clientModules.includes(module);
}
