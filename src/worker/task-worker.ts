import { randomUUID } from 'node:crypto';
import { coerceError, withDeadline, type Clock, type Logger } from '../base/index.ts';
import type { Handlers } from '../http/index.ts';
import type { workerRoutes } from '../protocol/index.ts';
import { agentbench, type AgentOutput, type Peer, type SampleIndex } from '../protocol/index.ts';
import type { Task } from '../sdk/index.ts';
import { Heartbeat } from './heartbeat.ts';
import { defaultWorkerOptions, type WorkerOptions } from './options.ts';
import { SessionHost } from './session-host.ts';

export interface TaskWorkerDependencies {
  /** The task's name, as the controller lists it. */
  readonly name: string;
  readonly task: Task;
  /** How many samples it plays at once, 1 or more. */
  readonly concurrency: number;
  readonly historySegments?: number | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly options?: Partial<WorkerOptions>;
}

export interface TaskWorker {
  /** Its operations, to be served by `createHttpServer(workerRoutes, …)`. */
  readonly handlers: Handlers<typeof workerRoutes>;
  /** Begins to tell the controller that it is there, under the address where it listens. */
  introduce(controller: Peer, ownAddress: string): void;
  /** Says goodbye, cancels what runs, and releases the task; each of the last two is given `stopGraceMs`. */
  close(): Promise<void>;
}

/** A task-worker: hosts one task and plays up to `concurrency` sessions of it. */
export async function createTaskWorker(dependencies: TaskWorkerDependencies): Promise<TaskWorker> {
  const { name, task, concurrency, clock, log } = dependencies;
  const options = { ...defaultWorkerOptions, ...dependencies.options };
  const indices: readonly SampleIndex[] = await task.getIndices();
  const { historySegments } = dependencies;
  const host = new SessionHost({ task, concurrency, historySegments, clock, log, options });
  let heartbeat: Heartbeat | undefined;
  const endWithin = async (what: string, work: () => Promise<unknown>) => {
    const deadline = { clock, limitMs: options.stopGraceMs, operation: `stopping ${what}` };
    await withDeadline(deadline, work).catch((error: unknown) => log.error(coerceError(error).message));
  };
  return {
    handlers: createHandlers({ host, task, concurrency, indices }),
    introduce(controller, ownAddress) {
      const introduction = { name, address: ownAddress, concurrency, indices, instance: randomUUID() };
      heartbeat = new Heartbeat(introduction, {
        describeOwners: () => host.owners(),
        controller,
        clock,
        log,
        options,
      });
      heartbeat.start();
    },
    async close() {
      host.drain();
      await endWithin('the samples', () => Promise.all([heartbeat?.stop(), host.cancelAll()]));
      await endWithin('the task', async () => task.release());
    },
  };
}

interface Hosting {
  readonly host: SessionHost;
  readonly task: Task;
  readonly concurrency: number;
  readonly indices: readonly SampleIndex[];
}

function createHandlers({ host, task, concurrency, indices }: Hosting): Handlers<typeof workerRoutes> {
  return {
    getIndices: () => indices,
    getSessions: () => host.list(),
    workerStatus: () => ({ concurrency, current: host.current }),
    sampleStatus: ({ body }) => describeSample(host, body.session_id),
    startSample: ({ body, isClientGone }) =>
      host.start({ id: body.session_id, index: body.index, owner: body.owner }, isClientGone),
    interact: ({ body }) =>
      host.interact(body.session_id, agentbench.fromWireAgentOutput(body.agent_response)),
    cancel: async ({ body }) => {
      await host.cancel(body.session_id);
      return { session_id: body.session_id };
    },
    cancelAll: () => host.cancelAll(),
    calculateOverall: ({ body }) => task.calculateOverall(body.results.map(agentbench.fromWireOutput)),
  };
}

function describeSample(host: SessionHost, id: number) {
  const run = host.find(id);
  return {
    session_id: id,
    index: run.index,
    status: {
      waiting_for_env: run.isStepping,
      waiting_for_agent: run.isWaitingForAgent,
      env_input: toWire(run.lastAnswer),
      env_output: host.show(run.runningOutput()),
    },
  };
}

function toWire(answer: AgentOutput | undefined) {
  return answer ? agentbench.toWireAgentOutput(answer) : null;
}
