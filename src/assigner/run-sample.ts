import { raceAbort } from '../base/index.ts';
import {
  agentbench,
  controllerRoutes,
  type SessionReply,
  type WireAgentOutput,
  type WireTaskOutput,
} from '../protocol/index.ts';
import { cancelSession } from './cancel-session.ts';
import { neverReceived } from './controller-link.ts';
import { describeAgentFailure, describeInteractFailure, type SampleEnd } from './failure.ts';
import type { SampleAttempt } from './sample-attempt.ts';
import { startSession } from './start-session.ts';

/**
 * Plays one sample with one agent, turn by turn, to its end. Whatever happens, no session is left behind that could be ended. Throws only
 * when the journal cannot be written, or for an error that is no failure of agent, task, worker or controller.
 */
export async function runSample(attempt: SampleAttempt): Promise<SampleEnd> {
  const { link, journal, agentName, task, controllerName, index } = attempt;
  const start = await startSession(attempt);
  if ('end' in start) return start.end;
  const first = start.reply;
  const sessionId = first.session_id;
  if (first.output.status !== 'running') return { kind: 'finished', output: first.output, sessionId };

  let isOver = false;
  try {
    const key = { id: sessionId, controller: link.address };
    await journal.noteStart({ ...key, agent: agentName, task, name: controllerName, index });
    const end = await playTurns(attempt, first);
    isOver = end.kind === 'finished';
    return end;
  } finally {
    isOver ||= await cancelSession(link, sessionId, {
      clock: attempt.clock,
      log: attempt.log,
      limitMs: attempt.timings.cancelMs,
      stop: attempt.stop,
      signal: attempt.giveUp,
    });
    if (isOver) await journal.noteEnd({ id: sessionId, controller: link.address });
  }
}

async function playTurns(attempt: SampleAttempt, first: SessionReply): Promise<SampleEnd> {
  const { stop, link, timings } = attempt;
  const sessionId = first.session_id;
  for (let seen = first.output; ;) {
    let answer: WireAgentOutput;
    try {
      answer = await askAgent(attempt, seen);
    } catch (error) {
      if (stop.aborted) return { kind: 'cancelled' };
      return { kind: 'failed', failure: { ...describeAgentFailure(error, seen), sessionId } };
    }
    try {
      const reply = await link.call(
        controllerRoutes.interact,
        { body: { session_id: sessionId, agent_response: answer } },
        { timeoutMs: timings.requestMs, repeatOn: neverReceived, signal: stop },
      );
      seen = reply.output;
    } catch (error) {
      if (stop.aborted) return { kind: 'cancelled' };
      return { kind: 'failed', failure: { ...describeInteractFailure(error, seen), sessionId } };
    }
    if (seen.status !== 'running') return { kind: 'finished', output: seen, sessionId };
  }
}

/** Rejects when the agent throws, answers what is no answer, or the evaluation is stopped. */
async function askAgent(attempt: SampleAttempt, seen: WireTaskOutput): Promise<WireAgentOutput> {
  const { agent, task, index, stop } = attempt;
  const history = seen.history?.map(agentbench.fromWireMessage) ?? [];
  // Called within a promise, so that an agent that throws at once is no different.
  const acting = Promise.resolve().then(() => agent.act(history, { task, index, tools: [], signal: stop }));
  const answer: unknown = await raceAbort(acting, stop);
  const parsed = agentbench.agentOutputSchema.safeParse(answer);
  if (parsed.success) return agentbench.toWireAgentOutput(parsed.data);
  throw new Error(
    `The agent answered ${JSON.stringify(answer)?.slice(0, 200) ?? 'nothing'}, which is no answer`,
  );
}
