import type { Clock, Logger } from '../base/index.ts';
import type { ModuleDefinition } from '../config/index.ts';
import type { Task, TaskClass, TaskContext } from '../sdk/index.ts';
import { builtInTasks } from '../tasks/index.ts';
import { checkParameters } from './check-parameters.ts';
import { loadModule } from './load-module.ts';

export interface TaskRequest {
  readonly name: string;
  readonly definition: ModuleDefinition;
  readonly folder: string;
  readonly log: Logger;
  readonly clock: Clock;
  readonly dockerHost?: string | undefined;
}

/** Builds a task from its definition. Throws `module-unknown`, `module-unloadable` or `config-invalid`. */
export async function createTask(request: TaskRequest): Promise<Task> {
  const { name, definition, folder, log, clock, dockerHost } = request;
  const { Loaded, parameters } = await checkTask(name, definition);
  const context: TaskContext = { name, folder, log, clock, dockerHost };
  return new Loaded(parameters as never, context);
}

/** Loads a task's class and checks its parameters, without building it. Throws as `createTask` does. */
export async function checkTask(
  name: string,
  definition: ModuleDefinition,
): Promise<{ readonly Loaded: TaskClass; readonly parameters: unknown }> {
  const { module, definedIn } = definition;
  const where = definition.locate(['module']);
  const Loaded = await loadModule<TaskClass>({ kind: 'task', module, definedIn, where }, builtInTasks);
  return { Loaded, parameters: checkParameters(definition, { name, schema: Loaded.parameters }) };
}
