import type { Message } from '../../sdk/index.ts';

const instructions = `You have a MySQL database, and a question or an order that concerns it. Work on it step by step with SQL.

Think aloud first: say in a few words how you understand the task and what you are about to do. Then end your message with exactly one of two actions.

To run a statement, write:
Action: Operation
\`\`\`sql
SELECT name FROM people WHERE age > 30;
\`\`\`
Put one SQL statement into the block, on one line, and nothing else. Only the first block of a message is run. I send you back what the MySQL client prints, as it is; a long output is cut off.

To finish, write:
Action: Answer
Final Answer: ["first value", "second value"]
The list holds the values that answer the question, written as they stand in the database, and it ends the task: write it only when you are sure, since it must be exactly right. When you were told to change the data, the changed table is what counts, and the list may hold anything.

A message without one of these two actions, in this form, ends the task as failed.`;

/** What every sample begins with: the rules, and the agent's consent to them. */
export const openingMessages: readonly Message[] = [
  { role: 'user', content: instructions },
  { role: 'assistant', content: 'Understood.' },
];

/** What follows them: the sample's own question. */
export function askQuestion(question: string): Message {
  return { role: 'user', content: question };
}
