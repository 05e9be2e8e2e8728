import { coerceError, ProctorError } from '../base/index.ts';
import {
  controllerRoutes,
  WireError,
  type ReachedLimit,
  type SessionReply,
  type SessionEnd,
  type WireAgentOutput,
  type WireChatItem,
  type WireTaskOutput,
} from '../protocol/index.ts';
import { AgentHistory } from './agent-history.ts';
import { askAgent } from './ask-agent.ts';
import { cancelOwned, cancelSession, isSessionGone } from './cancel-session.ts';
import { noReply, type ControllerAbilities } from './controller-link.ts';
import {
  causeOfStatus,
  describeAgentFailure,
  describeInteractFailure,
  describeStartFailure,
  type SampleEnd,
} from './failure.ts';
import { renewWhile } from './renew-session.ts';
import { limitRequest } from './request-limit.ts';
import type { SampleAttempt } from './sample-attempt.ts';
import { SampleBudget } from './sample-limits.ts';
import { isNotThere, startSession } from './start-session.ts';

/** A session in the middle of its sample. */
interface LiveSession {
  readonly id: number;
  readonly abilities: ControllerAbilities;
  readonly budget: SampleBudget;
  /** Answers that it has taken. */
  readonly played: number;
  /** The last that was seen of the sample. */
  readonly seen: WireTaskOutput;
  /** What the agent is shown of it. */
  readonly shown: AgentHistory;
  /** The next answer, where the agent has given it to an evaluation before this one. */
  readonly answer?: WireAgentOutput | undefined;
}

const nothingSeen: WireTaskOutput = { index: null, status: 'running', result: null, history: null };

/**
 * Plays one sample with one agent, turn by turn, to its end, and begins where an evaluation before this one was killed. Whatever happens,
 * no session is left behind that could be ended. Throws only when the journal cannot be written, or for an error that is no failure of
 * agent, task, worker or controller.
 */
export async function runSample(attempt: SampleAttempt): Promise<SampleEnd> {
  const { link, stop, resumed, limits, clock } = attempt;
  let abilities: ControllerAbilities;
  try {
    abilities = await link.learnAbilities(stop);
  } catch (error) {
    return endWithoutController(attempt, error);
  }
  if (resumed && !abilities.turns) return giveUpResumed(attempt);
  const budget = new SampleBudget({ limits, clock, stop, spent: resumed?.last?.spent });
  try {
    const session = await openSession(attempt, abilities, budget);
    return 'end' in session ? session.end : await playSession(attempt, session);
  } finally {
    budget.close();
  }
}

async function openSession(
  attempt: SampleAttempt,
  abilities: ControllerAbilities,
  budget: SampleBudget,
): Promise<LiveSession | { readonly end: SampleEnd }> {
  const { journal, startId, resumed, agentName, task, controllerName, index } = attempt;
  const begun = { abilities, budget, shown: new AgentHistory() };
  if (resumed?.id !== undefined && resumed.last) {
    const { turn, answer } = resumed.last;
    budget.begin();
    return { ...begun, id: resumed.id, played: turn - 1, seen: nothingSeen, answer };
  }
  await journal.noteStart({
    startId,
    controller: attempt.link.address,
    agent: agentName,
    task,
    name: controllerName,
    index,
    attempt: attempt.attempt,
  });
  const start = await startSession(attempt, abilities);
  if ('end' in start) return start;
  attempt.onStarted();
  budget.begin();
  return { ...begun, id: start.reply.session_id, played: 0, seen: start.reply.output };
}

async function playSession(attempt: SampleAttempt, session: LiveSession): Promise<SampleEnd> {
  const { link, journal, clock, log, timings, startId } = attempt;
  let isOver = false;
  try {
    if (session.seen.status === 'running') await journal.noteSession(startId, session.id);
    const end = await playTurns(attempt, session);
    isOver = end.kind === 'finished' && end.limit === undefined;
    return end;
  } finally {
    const limits = { clock, log, limitMs: timings.cancelMs, stop: attempt.stop, signal: attempt.giveUp };
    isOver ||= await cancelSession(link, session.id, limits);
    if (isOver) journal.markOver(startId);
  }
}

async function playTurns(attempt: SampleAttempt, session: LiveSession): Promise<SampleEnd> {
  const { journal, startId, stop } = attempt;
  const { id, budget, abilities } = session;
  let { played, seen, answer } = session;
  while (seen.status === 'running') {
    let isAsking = answer === undefined;
    let repeatedAfter: unknown;
    try {
      if (answer === undefined) {
        const given = await takeAnswer(attempt, { ...session, played, seen });
        if ('limit' in given) return endAtLimit(attempt, { ...session, seen }, given.limit);
        ({ answer } = given);
        isAsking = false;
        // A controller that would play the turn twice is never sent it again.
        if (abilities.turns)
          await journal.noteAnswer(startId, { turn: played + 1, answer, spent: budget.spent });
      }
      const onRepeat = (error: unknown) => (repeatedAfter = error);
      seen = await sendAnswer(attempt, { ...session, played, seen, answer }, onRepeat);
    } catch (thrown) {
      if (stop.aborted) return { kind: 'cancelled' };
      const limit = budget.signal.aborted ? budget.check(played) : undefined;
      // Time that went by in repeats is not the agent's: the sample failed by what they were for.
      if (limit && repeatedAfter === undefined) return endAtLimit(attempt, { ...session, seen }, limit);
      const error: unknown = limit ? repeatedAfter : thrown;
      if (isAsking)
        return { kind: 'failed', failure: { ...describeAgentFailure(error, seen), sessionId: id } };
      const isResumed = seen === nothingSeen && error instanceof WireError && error.status !== 501;
      const mayBeOver = isResumed || isSessionGone(error);
      const reason = mayBeOver ? await askForReason(attempt, session) : undefined;
      // A cancel of the evaluation before this one may arrive as late as this.
      const isGivenUp = attempt.resumed !== undefined && reason === 'cancelled';
      if (isGivenUp || (isResumed && (isNotThere(error) || reason !== undefined))) return { kind: 'gone' };
      const stepSeconds = attempt.limits.stepSeconds ?? abilities.stepTimeoutSeconds;
      return {
        kind: 'failed',
        failure: { ...describeInteractFailure(error, seen, { reason, stepSeconds }), sessionId: id },
      };
    }
    answer = undefined;
    played++;
  }
  const reason = seen.status === 'unknown' ? await askForReason(attempt, session) : undefined;
  return { kind: 'finished', output: seen, sessionId: id, cause: causeOfStatus(seen.status, reason) };
}

/** The agent's next answer, or the limit that the sample is at before or with it. */
async function takeAnswer(
  attempt: SampleAttempt,
  session: LiveSession,
): Promise<{ readonly answer: WireAgentOutput } | { readonly limit: ReachedLimit }> {
  const { limits, usageWatch, agentName } = attempt;
  const { budget, played, seen, shown } = session;
  const before = budget.check(played);
  if (before) return { limit: before };
  const history = shown.show(seen.history ?? []);
  const { answer, usage } = await renewWhile(attempt, session, () =>
    askAgent(attempt, history, budget.signal),
  );
  if (usage) budget.noteUsage(usage);
  else if (limits.agentTokens !== undefined) usageWatch.noteMissing(agentName);
  const limit = budget.check(played);
  return limit ? { limit } : { answer };
}

async function sendAnswer(
  attempt: SampleAttempt,
  session: LiveSession & { readonly answer: WireAgentOutput },
  onRepeat: (error: unknown) => void,
): Promise<WireTaskOutput> {
  const { link } = attempt;
  const { id, abilities, budget, played, seen, answer } = session;
  // Nothing is known of a session that is gone on with: its history comes whole.
  const known = abilities.turns ? (seen.history ?? []) : [];
  const turn = abilities.turns ? { turn: played + 1 } : {};
  const since = known.length === 0 ? {} : { since: known.length };
  const reply = await link.call(
    controllerRoutes.interact,
    { body: { session_id: id, agent_response: answer, ...turn, ...since } },
    {
      ...link.repeatRule(abilities),
      timeoutMs: limitRequest(attempt, abilities),
      signal: budget.signal,
      onRepeat,
    },
  );
  return completeOutput(reply, known, link.address);
}

/** Puts what is known in front of what is new. Throws `reply-invalid` where something else was left out. */
function completeOutput(
  { output, since }: SessionReply,
  known: readonly WireChatItem[],
  sender: string,
): WireTaskOutput {
  if (since === undefined) return output;
  const { method, path } = controllerRoutes.interact;
  if (since !== known.length) {
    const problem = `wrong at "since" (it leaves out ${since} messages, of which ${known.length} are known)`;
    throw new ProctorError('reply-invalid', { sender, problem }, { where: `${method} ${path}` });
  }
  return { ...output, history: [...known, ...(output.history ?? [])] };
}

function endAtLimit(
  { index }: SampleAttempt,
  { id, seen }: Pick<LiveSession, 'id' | 'seen'>,
  limit: ReachedLimit,
): SampleEnd {
  const output: WireTaskOutput = { index, status: 'task limit reached', result: null, history: seen.history };
  return { kind: 'finished', output, sessionId: id, cause: 'limit', limit };
}

/** Why a session is over, as far as its controller remembers. */
async function askForReason(
  attempt: SampleAttempt,
  { id, abilities }: Pick<LiveSession, 'id' | 'abilities'>,
): Promise<SessionEnd | undefined> {
  if (!abilities.turns) return undefined;
  const { link, log, timings, stop } = attempt;
  try {
    const call = { timeoutMs: timings.lookupMs, repeatOn: noReply, signal: stop };
    const status = await link.call(controllerRoutes.sessionStatus, { query: { session_id: id } }, call);
    return status.reason ?? undefined;
  } catch (error) {
    log.debug('Why a session is over could not be learned', {
      session: id,
      reason: coerceError(error).message,
    });
    return undefined;
  }
}

/** Nothing was sent yet, or nothing by this evaluation. */
function endWithoutController(attempt: SampleAttempt, error: unknown): SampleEnd {
  const { journal, startId, stop, resumed } = attempt;
  if (!resumed) journal.markOver(startId);
  if (stop.aborted) return { kind: 'cancelled' };
  const failure = describeStartFailure(error);
  return failure ? { kind: 'failed', failure } : { kind: 'unavailable' };
}

/** Its controller is another one now, which would play a turn twice. */
async function giveUpResumed(attempt: SampleAttempt): Promise<SampleEnd> {
  const { link, journal, clock, log, timings, stop, giveUp, startId, resumed } = attempt;
  const limits = { clock, log, limitMs: timings.cancelMs, stop, signal: giveUp };
  const isOver = await (resumed?.id === undefined
    ? cancelOwned(link, startId, limits)
    : cancelSession(link, resumed.id, limits));
  if (isOver) journal.markOver(startId);
  return { kind: 'gone' };
}
