import path from 'node:path';
import { coerceError } from '../base/index.ts';
import type { TaskDefinition } from '../config/index.ts';
import {
  checkPortFree,
  findFreePort,
  planWorkers,
  type FleetWorker,
  type WorkerLaunch,
} from '../launcher/index.ts';
import { chooseProgram, namesPythonClass } from './check-modules.ts';
import { listedNameOf } from './check-parameters.ts';
import { checkTask } from './create-task.ts';

/** Workers that are wanted of one task. */
export interface TaskToStart {
  readonly task: string;
  readonly count: number;
  readonly definition: TaskDefinition;
  /** The file that the worker reads its definition from. */
  readonly configFile: string;
}

export interface FleetPlan {
  readonly workers: readonly FleetWorker[];
  /** Tasks of AgentBench's that nothing here can play, with the error for a person. */
  readonly unplayable: ReadonlyMap<string, Error>;
}

/**
 * Decides which program plays which task where. A task of AgentBench's that nothing here can play is left out, so that the others of a
 * shared file still start; when it is the only one, or the module is a mistake, `module-unknown` is thrown. Throws also what `checkTask` throws.
 */
export async function planFleet(
  tasks: readonly TaskToStart[],
  { basePort, folder }: { readonly basePort: number; readonly folder: string },
): Promise<FleetPlan> {
  const byName = new Map(tasks.map((wanted) => [wanted.task, wanted]));
  const unplayable = new Map<string, Error>();
  const launches = planWorkers({
    definitions: Object.fromEntries(tasks.map(({ task, definition }) => [task, definition])),
    start: tasks.map(({ task, count }) => [task, count] as const),
    basePort,
    programOf: (_definition, task) => {
      const { definition } = byName.get(task) as TaskToStart;
      try {
        return chooseProgram(definition, folder);
      } catch (error) {
        if (!namesPythonClass(definition.module)) throw error;
        unplayable.set(task, coerceError(error));
        return 'own';
      }
    },
  });
  const playable = launches.filter(({ task }) => !unplayable.has(task));
  const [firstProblem] = unplayable.values();
  if (playable.length === 0 && firstProblem) throw firstProblem;
  for (const { task, program, docker } of playable) {
    // What a container holds is not seen from here.
    if (program === 'own' && !docker) await checkTask(task, (byName.get(task) as TaskToStart).definition);
  }
  const describe = async (launch: WorkerLaunch): Promise<FleetWorker> => {
    const { configFile, definition } = byName.get(launch.task) as TaskToStart;
    return {
      launch: await choosePort(launch),
      configFile: path.relative(folder, path.resolve(folder, configFile)),
      listedName: listedNameOf(launch.task, definition),
    };
  };
  return { workers: await Promise.all(playable.map(describe)), unplayable };
}

/** Python's worker and one in a container must be told a port: they cannot say which one they have found. */
async function choosePort(launch: WorkerLaunch): Promise<WorkerLaunch> {
  if (launch.port !== 0 || (launch.program === 'own' && !launch.docker)) return launch;
  return { ...launch, port: await findFreePort(hostOf(launch)) };
}

/** Throws `address-taken` for the first port that is. */
export async function checkPortsFree(workers: readonly FleetWorker[]): Promise<void> {
  await Promise.all(workers.map(({ launch }) => checkPortFree(launch.port, hostOf(launch))));
}

/** Where a controller for these workers has to listen: containers do not reach this machine's own address. */
export function controllerHostFor(workers: readonly FleetWorker[]): string {
  return workers.some(({ launch }) => launch.docker) ? '0.0.0.0' : '127.0.0.1';
}

function hostOf(launch: WorkerLaunch): string {
  return launch.docker ? '0.0.0.0' : '127.0.0.1';
}
