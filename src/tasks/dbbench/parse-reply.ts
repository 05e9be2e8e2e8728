/** What an agent's reply asks for, each part where the reply has it. */
export type Reply = {
  readonly action: string | undefined;
  /** The first SQL block, on one line. */
  readonly sql: string | undefined;
  /** The rest of the line after `Final Answer:`, as it stands. */
  readonly finalAnswer: string | undefined;
};

/** Reads a reply; the words, the blank after `Action:` and the line ends count. */
export function parseReply(text: string): Reply {
  return {
    action: /Action: ([^\n]*?)\n/.exec(text)?.[1],
    sql: /```sql\n([^]*?)\n```/.exec(text)?.[1]?.trim().replaceAll('\n', ' '),
    finalAnswer: /\nFinal Answer:([^\n]*)/.exec(text)?.[1],
  };
}
