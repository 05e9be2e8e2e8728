import { RawJson, type Handlers } from '../http/index.ts';
import {
  agentbench,
  type AgentOutput,
  type SampleIndex,
  type SessionReply,
  type workerRoutes,
} from '../protocol/index.ts';
import type { Task } from '../sdk/index.ts';
import type { SessionHost } from './session-host.ts';

interface Hosting {
  readonly host: SessionHost;
  readonly task: Pick<Task, 'calculateOverall'>;
  readonly concurrency: number;
  readonly indices: readonly SampleIndex[];
}

/** The operations of a worker, by its route table. */
export function createHandlers({ host, task, concurrency, indices }: Hosting): Handlers<typeof workerRoutes> {
  return {
    getIndices: () => indices,
    getSessions: () => host.list(),
    workerStatus: () => ({ concurrency, current: host.current }),
    sampleStatus: ({ body }) => describeSample(host, body.session_id),
    startSample: async ({ body, isClientGone }) => {
      const { session_id: id, index, owner, start_id: startId } = body;
      return formatReply(await host.start({ id, index, owner, startId }, isClientGone));
    },
    interact: async ({ body }) => {
      const { session_id: id, agent_response: given, turn, since } = body;
      const answer = agentbench.fromWireAgentOutput(given);
      return formatReply(await host.interact({ id, answer, turn, since }));
    },
    cancel: async ({ body }) => {
      await host.cancel(body.session_id);
      return { session_id: body.session_id };
    },
    cancelAll: () => host.cancelAll(),
    calculateOverall: ({ body }) => task.calculateOverall(body.results.map(agentbench.fromWireOutput)),
  };
}

function formatReply(reply: SessionReply): RawJson {
  return new RawJson(JSON.stringify(reply), reply.output.status);
}

function describeSample(host: SessionHost, id: number) {
  const run = host.find(id);
  return {
    session_id: id,
    index: run.index,
    turn: run.played,
    status: {
      waiting_for_env: run.isStepping,
      waiting_for_agent: run.isWaitingForAgent,
      env_input: toWire(run.lastAnswer),
      env_output: host.show(run),
    },
  };
}

function toWire(answer: AgentOutput | undefined) {
  return answer ? agentbench.toWireAgentOutput(answer) : null;
}
