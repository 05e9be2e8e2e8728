import {
  loadConfig,
  parseTaskDefinitions,
  type AssignmentConfig,
  type Environment,
  type LoadedConfig,
  type TaskDefinition,
} from '../config/index.ts';
import type { TaskToStart } from './plan-fleet.ts';
import { isTaskClient, locateTaskDefinitions } from './task-source.ts';

export interface AssignedTasksRequest {
  /** The assignment file. */
  readonly file: string;
  /** Where the tasks are defined that the assignment file names only the client of. */
  readonly tasksFile: string;
  readonly environment: Environment;
}

export interface AssignedTasks {
  readonly tasks: readonly TaskToStart[];
  readonly secrets: readonly string[];
}

/**
 * The workers that an evaluation needs: as many of each task as the file's `start` says, else one.
 * Throws what reading either file throws.
 */
export function findAssignedTasks(config: AssignmentConfig, request: AssignedTasksRequest): AssignedTasks {
  const { file, tasksFile, environment } = request;
  const names = [...config.tasks.keys()];
  const isClient = (name: string) => isTaskClient(config.tasks.get(name)?.module ?? '');
  const own = names.filter((name) => !isClient(name));
  const elsewhere = names.filter(isClient);
  const sources = [
    ...(own.length > 0 ? [{ configFile: file, only: own }] : []),
    ...(elsewhere.length > 0 ? [{ configFile: tasksFile, only: elsewhere }] : []),
  ];
  const found = new Map<string, TaskToStart>();
  const secrets: string[] = [];
  for (const { configFile, only } of sources) {
    const read = readDefinitions(loadConfig(configFile), only, environment);
    secrets.push(...read.secrets);
    for (const [task, definition] of read.definitions) {
      found.set(task, { task, definition, configFile, count: config.start.get(task) ?? 1 });
    }
  }
  return { secrets, tasks: names.flatMap((name) => found.get(name) ?? []) };
}

/** Adds the limits that the tasks' own definitions have, wherever they stand, to those in the assignment file, which come first. */
export function adoptLimits(config: AssignmentConfig, assigned: readonly TaskToStart[]): AssignmentConfig {
  const definitionOf = new Map(assigned.map(({ task, definition }) => [task, definition]));
  const tasks = [...config.tasks].map(([name, definition]) => {
    const limits = { ...definitionOf.get(name)?.limits, ...definition.limits };
    return [name, Object.keys(limits).length > 0 ? { ...definition, limits } : definition] as const;
  });
  return { ...config, tasks: new Map(tasks) };
}

function readDefinitions(
  loaded: LoadedConfig,
  only: readonly string[],
  environment: Environment,
): { readonly definitions: ReadonlyMap<string, TaskDefinition>; readonly secrets: readonly string[] } {
  return parseTaskDefinitions(loaded, { environment, only, at: locateTaskDefinitions(loaded.value) });
}
