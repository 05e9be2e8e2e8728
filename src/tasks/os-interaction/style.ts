import type { AgentOutput } from '../../sdk/index.ts';
import type { Action, InvalidReply } from './action.ts';
import { parseReply } from './parse-reply.ts';
import { parseToolCall } from './parse-tool-call.ts';

/** How an agent says what it wants. */
export interface Style {
  /** What the agent is told about it. */
  readonly rules: string;
  read(output: AgentOutput): Action | InvalidReply;
  /** A reply that `read` reads as this action. */
  write(thought: string, action: Action): string;
}

const textStyle: Style = {
  rules: `Think first, then do exactly one thing in each message: run bash code, finish, or answer.

To run bash code, write:

Think: what you want to find out or to change, and how.

Act: bash

\`\`\`bash
# your code
\`\`\`

When you were told to do something and it is done, write:

Think: why it is done.

Act: finish

When you were asked something and know the answer, write:

Think: how you know it.

Act: answer(the answer alone, on one line, between these parentheses)`,
  read: ({ content }) => parseReply(content ?? ''),
  write: (thought, action) => `Think: ${thought}\n\nAct: ${writeAct(action)}`,
};

function writeAct(action: Action): string {
  if (action.kind === 'bash') return `bash\n\n\`\`\`bash\n${action.script}\n\`\`\``;
  return action.answer === null ? 'finish' : `answer(${action.answer})`;
}

const toolsStyle: Style = {
  rules: `You have three tools, and call exactly one of them in each message:

- bash_action runs bash code. Arguments: script (a string), the code.
- finish_action says that what you were told to do is done. Arguments: thought (a string), why it is done.
- answer_action answers what you were asked. Arguments: answer (a string), the answer alone.

Where you cannot call tools directly, write the call as one JSON object, after a few words of thought if you like:

{"tool": "bash_action", "arguments": {"script": "uname -r"}}`,
  read: parseToolCall,
  write: (thought, action) => `${thought}\n\n${JSON.stringify(writeCall(thought, action))}`,
};

function writeCall(thought: string, action: Action): object {
  if (action.kind === 'bash') return { tool: 'bash_action', arguments: { script: action.script } };
  if (action.answer === null) return { tool: 'finish_action', arguments: { thought } };
  return { tool: 'answer_action', arguments: { answer: action.answer } };
}

export const styles: Readonly<Record<'text' | 'tools', Style>> = { text: textStyle, tools: toolsStyle };
