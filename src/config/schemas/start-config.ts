import { z } from 'zod';
import { fillEnvironment, type Environment } from '../fill-environment.ts';
import type { LoadedConfig } from '../loaded-config.ts';
import { configFault, listNames, parseConfig } from './config-fault.ts';
import { mappingOf, positiveInteger } from './config-values.ts';
import { parseTaskDefinitions, type TaskDefinition } from './task-definitions.ts';

export interface StartConfig {
  /** The tasks that are started; the others are not read. */
  readonly definitions: ReadonlyMap<string, TaskDefinition>;
  /** Number of workers of each task, 1 or more, in the order of the file. */
  readonly start: ReadonlyMap<string, number>;
  /** The controller's address, with `/api`. */
  readonly controller?: string;
  /** What was filled from the environment. */
  readonly secrets: readonly string[];
}

export interface StartSelection {
  /** Fills `${NAME}` from here; without it such texts stay as they are. */
  readonly environment?: Environment;
  /** Stands in the place of the file's whole `start`. */
  readonly start?: ReadonlyMap<string, number>;
}

/**
 * Reads which workers to start: `definition`, `start` and `controller`; unknown keys are ignored.
 * Throws `config-invalid`, also for a task that is not defined, or `environment-missing`.
 */
export function parseStartConfig(loaded: LoadedConfig, selection: StartSelection = {}): StartConfig {
  const { environment } = selection;
  const paths = [['controller'], ...(selection.start ? [] : [['start']])];
  const filled = environment ? fillEnvironment(loaded, environment, paths) : loaded;
  const { definition, controller } = parseConfig(startFile, filled);
  const start = selection.start ?? readStart(filled, Object.keys(definition));
  const { definitions, secrets } = parseTaskDefinitions(filled, {
    ...(environment ? { environment } : {}),
    at: ['definition'],
    only: [...start.keys()],
  });
  return { definitions, start, ...(controller ? { controller } : {}), secrets };
}

/** The file's `start`; each of its tasks must be one of `known`. */
export function readStart(loaded: LoadedConfig, known: readonly string[]): ReadonlyMap<string, number> {
  const { start } = parseConfig(startSection, loaded);
  for (const name of Object.keys(start)) {
    if (known.includes(name)) continue;
    throw configFault(loaded, {
      path: ['start', name],
      problem: `Task ${name} is to be started but not defined`,
      wanted: `one of ${listNames(known)}`,
    });
  }
  return new Map(Object.entries(start));
}

const startSection = z.object({
  start: mappingOf(positiveInteger, 'a mapping of task names to numbers of workers')
    .optional()
    .transform((start) => start ?? {}),
});

const address = 'an address such as http://localhost:5000/api';

const startFile = z.object(
  {
    definition: mappingOf(z.unknown(), 'a mapping of task names to {module, parameters}'),
    controller: z.url({ protocol: /^https?$/, error: address }).nullish(),
  },
  { error: 'a mapping with "definition" and "start"' },
);
