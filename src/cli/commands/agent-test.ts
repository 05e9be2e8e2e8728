import { createInterface } from 'node:readline';
import type { Agent } from '../../agents/index.ts';
import { isJsonObject, ProctorError, type Json } from '../../base/index.ts';
import { collectSecrets, loadConfig, parseTaskDefinitions, selectPart } from '../../config/index.ts';
import type { Message } from '../../protocol/index.ts';
import { createAgent } from '../create-agent.ts';
import { openLog } from '../open-log.ts';
import { parseLogLevel } from '../parse-options.ts';
import { formatError } from '../print-error.ts';
import { exitCodes, type Shell } from '../shell.ts';
import { watchStopRequests } from '../signals.ts';
import { locateAgentDefinitions } from '../task-source.ts';

export interface AgentTestOptions {
  readonly config: string;
  readonly agent: string;
  readonly logLevel: string;
}

/** Sends each line of the input to one agent and prints its answers; gives the exit code. */
export async function runAgentTest(options: AgentTestOptions, shell: Shell): Promise<number> {
  const level = parseLogLevel(options.logLevel, { flag: '--log-level', command: 'proctor agent-test' });
  const { log, secrets } = openLog(shell, level);
  const { definition, found } = readAgent(options, shell);
  secrets.push(...found);
  const { folder, clock } = shell;
  const agent = await createAgent({ name: options.agent, definition, folder, log, clock });
  const stop = watchStopRequests();
  const lines = createInterface({ input: shell.stdin, signal: stop.signal, crlfDelay: Infinity });
  try {
    const hasFailed = await converse(agent, { lines, shell, secrets, signal: stop.signal });
    if (stop.signal.aborted) return exitCodes.interrupted;
    return hasFailed ? exitCodes.someFailed : exitCodes.done;
  } finally {
    lines.close();
    await agent.release?.();
  }
}

interface Conversation {
  readonly lines: AsyncIterable<string>;
  readonly shell: Shell;
  readonly secrets: readonly string[];
  readonly signal: AbortSignal;
}

/** True when an answer failed. A line without an answer is taken back, so that it can be said again. */
async function converse(agent: Agent, { lines, shell, secrets, signal }: Conversation): Promise<boolean> {
  const prompt = () => shell.stdin.isTTY && shell.stderr.write('you> ');
  let history: readonly Message[] = [];
  let hasFailed = false;
  prompt();
  for await (const line of lines) {
    if (line.trim() !== '') {
      const asked: readonly Message[] = [...history, { role: 'user', content: line }];
      try {
        const answer = await agent.act(asked, { task: 'agent-test', index: 0, tools: [], signal });
        if (answer.status === 'normal')
          history = [...asked, { role: 'assistant', content: answer.content ?? '' }];
        else hasFailed = true;
        shell.stdout.write(`${answer.content ?? `(${answer.status})`}\n`);
      } catch (error) {
        if (signal.aborted) break;
        hasFailed = true;
        shell.stderr.write(formatError(error, secrets));
      }
    }
    prompt();
  }
  return hasFailed;
}

function readAgent({ config, agent }: AgentTestOptions, shell: Shell) {
  const loaded = loadConfig(config);
  const at = locateAgentDefinitions(loaded.value);
  const names = keysOf(selectPart(loaded, at).value);
  if (!names.includes(agent)) {
    const known = names.join(', ') || 'none: the file defines no agent';
    throw new ProctorError('agent-undefined', { agent, known }, { where: loaded.locate(at) });
  }
  // An agent's definition has a task's shape: a module and its parameters.
  const { definitions, secrets } = parseTaskDefinitions(loaded, {
    environment: shell.environment,
    only: [agent],
    at,
  });
  const definition = definitions.get(agent);
  if (!definition) throw new ProctorError('agent-undefined', { agent, known: names.join(', ') });
  return { definition, found: [...secrets, ...collectSecrets(definition.parameters)] };
}

function keysOf(value: Json): readonly string[] {
  return isJsonObject(value) ? Object.keys(value) : [];
}
