import { coerceError, raceAbort, type Clock, type Logger } from '../base/index.ts';
import {
  agentbench,
  controllerRoutes,
  type SampleIndex,
  type SessionReply,
  type WireAgentOutput,
  type WireTaskOutput,
} from '../protocol/index.ts';
import type { Agent } from '../agents/index.ts';
import { cancelSession } from './cancel-session.ts';
import { neverReceived, type ControllerLink } from './controller-link.ts';
import {
  describeAgentFailure,
  describeInteractFailure,
  describeStartFailure,
  type SampleEnd,
} from './failure.ts';
import type { SessionJournal } from './session-journal.ts';
import type { EvaluationTimings } from './timings.ts';

/** One attempt at one sample, with all that it takes. */
export interface SampleAttempt {
  readonly agent: Agent;
  readonly agentName: string;
  /** The task's name in the evaluation. */
  readonly task: string;
  /** The task's name at its controller. */
  readonly controllerName: string;
  readonly index: SampleIndex;
  readonly link: ControllerLink;
  readonly journal: SessionJournal;
  readonly timings: EvaluationTimings;
  readonly clock: Clock;
  readonly log: Logger;
  /** The evaluation is being stopped: play no further, and end the session. */
  readonly stop: AbortSignal;
  /** The time to stop in is over: leave everything. */
  readonly giveUp: AbortSignal;
}

/**
 * Plays one sample with one agent, turn by turn, to its end. Whatever happens, no session is left behind that could be ended. Throws only
 * when the journal cannot be written, or for an error that is no failure of agent, task, worker or controller.
 */
export async function runSample(attempt: SampleAttempt): Promise<SampleEnd> {
  const { link, journal, agentName, task, controllerName, index } = attempt;
  let first: SessionReply;
  try {
    first = await startSession(attempt);
  } catch (error) {
    if (attempt.stop.aborted) return reportLostStart(attempt, error);
    const failure = describeStartFailure(error);
    return failure ? { kind: 'failed', failure } : { kind: 'unavailable' };
  }
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
      signal: attempt.giveUp,
    });
    if (isOver) await journal.noteEnd({ id: sessionId, controller: link.address });
  }
}

/** Not broken off when the evaluation stops: only the reply says which session to cancel. */
function startSession(attempt: SampleAttempt): Promise<SessionReply> {
  const { link, timings, stop, giveUp } = attempt;
  const body = { name: attempt.controllerName, index: attempt.index };
  const call = { timeoutMs: timings.requestMs, repeatOn: neverReceived, signal: giveUp, pauseSignal: stop };
  return link.call(controllerRoutes.startSample, { body }, call);
}

function reportLostStart(attempt: SampleAttempt, error: unknown): SampleEnd {
  const { task, index, giveUp } = attempt;
  if (giveUp.aborted) {
    const reason = coerceError(error).message;
    attempt.log.warn('A session may be left at the controller: its start was not answered', {
      task,
      index,
      reason,
    });
  }
  return { kind: 'cancelled' };
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
