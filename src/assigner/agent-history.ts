import { agentbench, type Message, type WireChatItem } from '../protocol/index.ts';

/** A session's history as its agent is shown it. A message that has come before is not converted again. */
export class AgentHistory {
  #seen: readonly WireChatItem[] = [];
  #messages: readonly Message[] = [];

  /** The whole of what was seen, as messages of the agent's own: it may change them. */
  show(seen: readonly WireChatItem[]): Message[] {
    const known = countSame(this.#seen, seen);
    const added = seen.slice(known).map(agentbench.fromWireMessage);
    this.#messages = [...this.#messages.slice(0, known), ...added];
    this.#seen = seen;
    return this.#messages.map((message) => ({ ...message }));
  }
}

/** How many both begin with that are one and the same in memory. */
function countSame(before: readonly WireChatItem[], after: readonly WireChatItem[]): number {
  let count = 0;
  while (count < before.length && count < after.length && before[count] === after[count]) count++;
  return count;
}
