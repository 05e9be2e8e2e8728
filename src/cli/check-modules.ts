import { existsSync } from 'node:fs';
import path from 'node:path';
import { ProctorError } from '../base/index.ts';
import type { TaskDefinition } from '../config/index.ts';
import type { WorkerLaunch } from '../launcher/index.ts';
import { builtInTasks } from '../tasks/index.ts';
import { isFileModule } from './load-module.ts';

/**
 * Which program plays a task: this one where it has the module, else AgentBench's, in the task's container or from the project's
 * own copy of it. Throws `module-unknown` when there is neither.
 */
export function chooseProgram(definition: TaskDefinition, folder: string): WorkerLaunch['program'] {
  const { module, docker } = definition;
  if (Object.hasOwn(builtInTasks, module) || isFileModule(module)) return 'own';
  if (
    namesPythonClass(module) &&
    (docker?.image || existsSync(path.join(folder, 'src/server/task_worker.py')))
  )
    return 'python';
  throw new ProctorError(
    'module-unknown',
    { kind: 'task', module, known: Object.keys(builtInTasks).join(', ') },
    { where: definition.locate(['module']) },
  );
}

/** True for a path such as `src.server.tasks.os_interaction.OSInteraction`. */
export function namesPythonClass(module: string): boolean {
  return /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$/.test(module) && !isFileModule(module);
}
