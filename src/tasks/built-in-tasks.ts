import type { TaskClass } from '../sdk/index.ts';

/** Gives a task's class when it is needed, so that nothing is loaded for a task that is not played. */
export type TaskLoader = () => Promise<TaskClass>;

const loadDbBench: TaskLoader = async () => (await import('./dbbench/index.ts')).DbBenchTask;
const loadOsInteraction: TaskLoader = async () =>
  (await import('./os-interaction/index.ts')).OsInteractionTask;

/** What `module:` of a task may name: our own words, and the reference's paths that have a counterpart here. */
export const builtInTasks: Readonly<Record<string, TaskLoader>> = {
  echo: async () => (await import('./echo/index.ts')).EchoTask,
  dbbench: loadDbBench,
  'src.server.tasks.dbbench.DBBench': loadDbBench,
  'os-interaction': loadOsInteraction,
  'src.server.tasks.os_interaction.OSInteraction': loadOsInteraction,
};
