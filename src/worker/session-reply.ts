import { agentbench, type SessionReply, type WireTaskOutput } from '../protocol/index.ts';
import type { SampleState } from './sample-run.ts';
import { trimHistory } from './trim-history.ts';

export interface ReplyForm {
  /** Show the agent only the newest messages that fit into so many segments; without it, everything. */
  readonly historySegments?: number | undefined;
  /** How many messages of the history whoever asks has already, where it says so. */
  readonly since?: number | undefined;
}

/**
 * What one request is answered. The first `since` messages are left out, which the reply then says, unless it is the session's last one,
 * which is what is recorded; unless who asks cannot have so many; and unless histories are trimmed: what an agent is shown of a trimmed one
 * is another one each turn.
 */
export function describeReply(id: number, state: SampleState, form: ReplyForm): SessionReply {
  const { output, history } = state;
  const { since, historySegments } = form;
  if (
    since === undefined ||
    since > history.length ||
    output.status !== 'running' ||
    historySegments !== undefined
  )
    return { session_id: id, output: showState(state, historySegments) };
  return {
    session_id: id,
    output: agentbench.toWireOutput({ ...output, history: history.from(since) }),
    since,
  };
}

/** The sample's whole state, as the agent is shown it. */
export function showState({ output, history }: SampleState, historySegments?: number): WireTaskOutput {
  const messages = history.from(0);
  const isTrimmed = historySegments !== undefined && output.status === 'running';
  const shown = isTrimmed ? trimHistory(messages, historySegments) : messages;
  return agentbench.toWireOutput({ ...output, history: shown });
}
