import { contentText, type Message } from '../protocol/index.ts';

/** A run of up to seven letters, or any other character that is neither blank nor newline. */
const segment = /[A-Za-z]{1,7}|[^A-Za-z\s]/g;

/**
 * What an agent is shown of a long history, by AgentBench's rule: the first message always stays, of the others the newest that fit
 * into `limit` segments; an oldest kept message of the user's is dropped too. The first message says how many are missing.
 */
export function trimHistory(history: readonly Message[], limit: number): readonly Message[] {
  const [first, ...rest] = history;
  if (!first) return history;
  let used = countSegments(first);
  let kept = 0;
  while (kept < rest.length) {
    used += countSegments(rest[rest.length - 1 - kept] as Message);
    if (used > limit) break;
    kept++;
  }
  if (kept === rest.length) return history;
  if (kept > 0 && rest[rest.length - kept]?.role !== 'assistant') kept--;
  const omitted = rest.length - kept;
  const notice = `\n\n[NOTICE] ${omitted} messages are omitted.`;
  return [{ ...first, content: contentText(first.content) + notice }, ...rest.slice(omitted)];
}

function countSegments(message: Message): number {
  return contentText(message.content).match(segment)?.length ?? 0;
}
