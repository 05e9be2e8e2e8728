import type { Cause, SessionEnd, WireError } from '../protocol/index.ts';

/** Whose doing a failure was, with a stable word for programs and a sentence for people. */
export interface Blame {
  readonly cause: Cause;
  readonly code: string;
  readonly sentence: string;
}

interface ReplyRule {
  readonly cause: Cause;
  readonly code: string;
  /** What follows the first line of the reply stands behind it. */
  readonly sentence: string;
  readonly statuses?: readonly number[];
  readonly text?: RegExp;
}

const lostWorker = { cause: 'worker', code: 'worker-lost' } as const;

/** The first that fits counts. The texts are those of the wire, to the letter. */
const replyRules: readonly ReplyRule[] = [
  { cause: 'task', code: 'task-error', sentence: 'The task failed', statuses: [501] },
  {
    cause: 'limit',
    code: 'step-time-out',
    sentence: 'A step of the task took longer than the controller allows',
    text: /^Error: Worker not responding\n$/,
  },
  {
    cause: 'worker',
    code: 'worker-silent',
    sentence: 'The worker did not answer',
    statuses: [503],
    text: /^Error: Worker not responding\n/,
  },
  { ...lostWorker, sentence: 'The worker is gone', text: /^Error: Worker not responding\n/ },
  {
    ...lostWorker,
    sentence: 'The worker does not know the session any more',
    text: /^Error: Worker returned error\n.*No such session/s,
  },
  {
    cause: 'controller',
    code: 'session-unknown',
    sentence: 'The controller does not know the session any more',
    text: /^Error: Session does not exist/,
  },
  {
    cause: 'controller',
    code: 'turn-mismatch',
    sentence: 'The session is at another turn than the one that was sent',
    text: /Error: Turn \d+ was sent/,
  },
  {
    cause: 'controller',
    code: 'turn-unknown',
    sentence: 'Nobody can tell whether the last turn was played',
    text: /Error: Nobody can tell whether turn/,
  },
  {
    cause: 'controller',
    code: 'session-busy',
    sentence: 'The session is busy with an earlier request',
    text: /^Error: Session is busy/,
  },
  {
    cause: 'controller',
    code: 'index-unknown',
    sentence: 'The controller does not know this sample',
    text: /^Error: Index out of bounds/,
  },
  {
    cause: 'worker',
    code: 'worker-error',
    sentence: 'The worker answered with an error',
    text: /^Error: Worker returned error\n/,
  },
  {
    cause: 'controller',
    code: 'access-denied',
    sentence: 'The controller does not let this program in',
    statuses: [401, 403],
  },
];

/** By the controller's memory of an ended session, which knows more than the reply that says that it is gone. */
const endedSessions: Readonly<Record<SessionEnd, Blame>> = {
  'worker lost': { ...lostWorker, sentence: 'The worker that played the sample is gone' },
  expired: {
    cause: 'limit',
    code: 'session-expired',
    sentence: 'The session expired: it saw neither a turn nor a renewal for too long',
  },
  cancelled: { cause: 'cancelled', code: 'session-cancelled', sentence: 'Somebody cancelled the session' },
  'start failed': {
    cause: 'worker',
    code: 'start-failed',
    sentence: 'The worker could not start the sample',
  },
  finished: {
    cause: 'controller',
    code: 'outcome-lost',
    sentence: 'The session has ended, but its last reply cannot be had any more',
  },
};

/** Whose doing an error reply of the controller is. */
export function classifyReply(error: WireError): Blame {
  const rule = replyRules.find(
    ({ statuses, text }) => (statuses?.includes(error.status) ?? true) && (text?.test(error.message) ?? true),
  );
  if (!rule)
    return {
      cause: 'controller',
      code: 'controller-error',
      sentence: `The controller answered with status ${error.status}: ${shorten(error.message)}`,
    };
  const { cause, code, sentence } = rule;
  const reason = error.message.slice(error.message.indexOf('\n') + 1);
  const isTold = error.message.includes('\n') && reason.trim() !== '';
  return { cause, code, sentence: isTold ? `${sentence}: ${shorten(reason)}` : sentence };
}

/** Whose doing it is that a session is over. */
export function classifySessionEnd(reason: SessionEnd): Blame {
  return endedSessions[reason];
}

const longestShown = 300;

/** The beginning of a text, on one line. */
export function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > longestShown ? `${line.slice(0, longestShown)} …` : line;
}
