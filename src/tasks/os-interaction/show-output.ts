import type { CommandResult } from '../../sandbox/index.ts';

const beforeOutput = 'The output of the OS:\n\n';
const noOutput = 'The output of the OS is empty.';
const longest = 800;
const kept = 780;

/** What the agent is told about a command; characters are counted as Python counts them. */
export function showOutput(result: CommandResult, timeLimitMs: number): string {
  const text = cut(result.output.text);
  const ending = describeEnding(result, timeLimitMs);
  const isApart = ending === '' || text === '' || text.endsWith('\n');
  const shown = isApart ? text + ending : `${text}\n${ending}`;
  return shown === '' ? noOutput : beforeOutput + shown;
}

/** What `showOutput` made a message from; undefined for any other message. */
export function shownOutput(message: string): string | undefined {
  if (message === noOutput) return '';
  return message.startsWith(beforeOutput) ? message.slice(beforeOutput.length) : undefined;
}

function cut(text: string): string {
  const characters = [...text];
  if (characters.length <= longest) return text;
  return `${characters.slice(0, kept).join('')}\n[truncated because the output is too long]`;
}

function describeEnding({ ending, exitCode, stateKept }: CommandResult, timeLimitMs: number): string {
  const restarted = stateKept
    ? ''
    : '; a new shell is started: variables and the working directory are reset';
  if (ending === 'time-limit')
    return `[the command was stopped after ${timeLimitMs / 1000} seconds${restarted}]`;
  if (ending !== 'shell-ended') return '';
  const status = exitCode === undefined ? '' : ` with status ${exitCode}`;
  return `[the shell ended${status}${restarted}]`;
}
