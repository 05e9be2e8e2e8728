import { coerceError, ProctorError } from '../base/index.ts';
import { redactText } from '../config/index.ts';
import { escapeControlInLines } from './escape-control.ts';
import { exitCodes } from './shell.ts';

/** An error for a person: what is wrong, where, what was expected, what to do; each on a line of its own. */
export function formatError(thrown: unknown, secrets: readonly string[] = []): string {
  const error = coerceError(thrown);
  const lines = [`error: ${error.message || error.name}`];
  if (ProctorError.is(error)) {
    if (error.where !== undefined) lines.push(`  where: ${error.where}`);
    lines.push(`  expected: ${error.expected}`, `  what to do: ${error.remedy}`);
  }
  for (const cause of listCauses(error)) lines.push(`  because: ${cause}`);
  return `${escapeControlInLines(redactText(lines.join('\n'), secrets))}\n`;
}

export function exitCodeOf(thrown: unknown): number {
  return ProctorError.is(thrown) ? thrown.exitCode : exitCodes.someFailed;
}

/** The causes' messages, those apart that the message before says already. */
function listCauses(error: Error): string[] {
  const messages: string[] = [];
  let said = error.message;
  for (let cause = error.cause; cause !== undefined && cause !== null; cause = coerceError(cause).cause) {
    const { message } = coerceError(cause);
    if (message !== '' && !said.includes(message)) messages.push(message);
    said += message;
    if (!(cause instanceof Error)) break;
  }
  return messages;
}
