import type { Action, InvalidReply } from './action.ts';

/** Reads a reply in AgentBench's words: its last line after `Act:` that is one of the three actions counts. */
export function parseReply(text: string): Action | InvalidReply {
  const acts = [...text.matchAll(/Act:\s*([^\n]+)/g)].map(([, act = '']) => act);
  for (const act of acts.reverse()) {
    const action = readAct(act, text);
    if (action) return action;
  }
  return { kind: 'invalid', status: 'agent invalid action' };
}

function readAct(act: string, text: string): Action | undefined {
  const word = act.toLowerCase();
  if (word.startsWith('bash')) return { kind: 'bash', script: readBlocks(text) };
  if (word.startsWith('finish')) return { kind: 'commit', answer: null };
  if (!word.startsWith('answer')) return undefined;
  const [open, close] = [act.indexOf('('), act.lastIndexOf(')')];
  return open < 0 || close < 0 ? undefined : { kind: 'commit', answer: act.slice(open + 1, close) };
}

/** Empty when there is no block, as AgentBench has it: the agent is then told that there was no output. */
function readBlocks(text: string): string {
  return [...text.matchAll(/```bash\n([^]*?)\n```/g)].map(([, block = '']) => block).join('\n\n');
}
