import type { Oracle, OracleLookup } from '../agents/index.ts';
import { isJsonObject, type Clock, type Logger } from '../base/index.ts';
import type { AssignmentConfig, ModuleDefinition } from '../config/index.ts';
import type { Task } from '../sdk/index.ts';
import { createTask } from './create-task.ts';
import { isTaskClient } from './task-source.ts';

export interface OracleSource {
  readonly config: AssignmentConfig;
  readonly folder: string;
  readonly log: Logger;
  readonly clock: Clock;
}

/** The tasks that oracles were asked of: one instance each for a whole evaluation, whoever asks. */
export class OracleTasks {
  readonly #source: OracleSource;
  readonly #tasks = new Map<ModuleDefinition, Promise<Task>>();

  constructor(source: OracleSource) {
    this.#source = source;
  }

  /**
   * Finds a task's labels by its definition in the assignment file or, where that names only the client of a task, by the
   * agent's own `parameters.tasks`.
   */
  lookupFor(agent: ModuleDefinition): OracleLookup {
    const ownDefinitions = new Map<string, ModuleDefinition | undefined>();
    return async (name) => {
      if (!ownDefinitions.has(name)) ownDefinitions.set(name, this.#define(agent, name));
      const definition = ownDefinitions.get(name);
      return definition && this.#oracleOf(name, definition);
    };
  }

  async release(): Promise<void> {
    const tasks = await Promise.allSettled(this.#tasks.values());
    await Promise.all(tasks.map((task) => (task.status === 'fulfilled' ? task.value.release() : undefined)));
  }

  #define(agent: ModuleDefinition, name: string): ModuleDefinition | undefined {
    const assigned = this.#source.config.tasks.get(name);
    if (assigned && !isTaskClient(assigned.module)) return assigned;
    const { tasks } = agent.parameters;
    const written = isJsonObject(tasks) ? tasks[name] : undefined;
    if (!isJsonObject(written) || typeof written['module'] !== 'string') return undefined;
    const { parameters } = written;
    return {
      module: written['module'],
      parameters: isJsonObject(parameters) ? parameters : {},
      definedIn: agent.definedIn,
      locate: (path) => agent.locate(['parameters', 'tasks', name, ...path]),
    };
  }

  async #oracleOf(name: string, definition: ModuleDefinition): Promise<Oracle | undefined> {
    const { folder, log, clock } = this.#source;
    const known = this.#tasks.get(definition);
    const building = known ?? createTask({ name, definition, folder, log, clock });
    this.#tasks.set(definition, building);
    const task = await building;
    const play = task.oracle?.bind(task);
    return play && { oracle: play };
  }
}
