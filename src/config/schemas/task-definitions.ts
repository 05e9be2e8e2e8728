import { z } from 'zod';
import type { ConfigPath } from '../config-node.ts';
import { fillEnvironment, type Environment } from '../fill-environment.ts';
import type { LoadedConfig } from '../loaded-config.ts';
import { configFault, listNames, parseConfig } from './config-fault.ts';
import { anyMapping } from './config-values.ts';
import { moduleDefinitionSchema, readModuleDefinition, type ModuleDefinition } from './module-definition.ts';
import { readRecycleRule, readTaskLimits, type RecycleRule, type TaskLimits } from './task-limits.ts';

export interface DockerDefinition {
  readonly image?: string;
  /** Shell words that go before the worker's command line. */
  readonly command?: string;
}

export interface TaskDefinition extends ModuleDefinition {
  readonly docker?: DockerDefinition;
  readonly limits?: TaskLimits;
  readonly recycle?: RecycleRule;
}

export interface TaskDefinitions {
  readonly definitions: ReadonlyMap<string, TaskDefinition>;
  /** What was filled from the environment. */
  readonly secrets: readonly string[];
}

export interface TaskSelection {
  /** Fills `${NAME}` from here; without it such texts stay as they are. */
  readonly environment?: Environment;
  /** Reads and fills these tasks alone, so that the others' variables need not be set. */
  readonly only?: readonly string[];
  /** Where the mapping stands in the file, as `['definition', 'task']`; the file itself when absent. */
  readonly at?: ConfigPath;
}

/**
 * Reads a mapping of task names to definitions, as a task assembly holds it; unknown keys are ignored.
 * Throws `config-invalid`, also for a name in `only` that is not defined, or `environment-missing`.
 */
export function parseTaskDefinitions(loaded: LoadedConfig, selection: TaskSelection = {}): TaskDefinitions {
  const { environment, only, at = [] } = selection;
  const known = Object.keys(parseConfig(anyDefinitions, loaded, at));
  const names = only ?? known;
  for (const name of names) {
    if (known.includes(name)) continue;
    const wanted = `one of ${listNames(known)}`;
    throw configFault(loaded, { path: at, problem: `Task ${name} is not defined`, wanted });
  }
  const paths = names.map((name) => [...at, name]);
  const filled = environment ? fillEnvironment(loaded, environment, paths) : loaded;
  const definitions = names.map((name) => [name, readTaskDefinition(filled, [...at, name])] as const);
  return { definitions: new Map(definitions), secrets: filled.secrets };
}

const anyDefinitions = anyMapping('a mapping of task names to {module, parameters}');

const text = z.string({ error: 'a string' }).nullish();

const taskDefinitionSchema = moduleDefinitionSchema.extend({
  docker: z
    .object({ image: text, command: text }, { error: 'a mapping with "image" and "command"' })
    .nullish(),
});

/** Reads the definition at `path`. Throws `config-invalid`. */
export function readTaskDefinition(loaded: LoadedConfig, path: ConfigPath): TaskDefinition {
  const { docker } = parseConfig(taskDefinitionSchema, loaded, path);
  const limits = readTaskLimits(loaded, path);
  const recycle = readRecycleRule(loaded, path);
  return {
    ...readModuleDefinition(loaded, path),
    ...(docker ? { docker: describeDocker(docker) } : {}),
    ...(limits ? { limits } : {}),
    ...(recycle ? { recycle } : {}),
  };
}

type WrittenDocker = NonNullable<z.output<typeof taskDefinitionSchema>['docker']>;

function describeDocker({ image, command }: WrittenDocker): DockerDefinition {
  return { ...(image ? { image } : {}), ...(command ? { command } : {}) };
}
