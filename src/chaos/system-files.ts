import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { workerNames, type WorkerName } from './fault.ts';
import { addressOf, tasksFileOf, type Addresses } from './system-words.ts';

export const agentNames = ['agent-1', 'agent-2'] as const;
export const turnsPerSample = 6;
const sessionsPerWorker = 8;
const stepMs = 120;
const thinkMs = 280;

/** The names of a run's files, within its folder. */
export const results = 'results';
export const agentJournal = 'answers.jsonl';
export const stepJournalOf = (worker: WorkerName) => `steps-${worker}.jsonl`;

/** Writes what the programs read. Configuration files are YAML, and so is JSON. */
export async function writeSystemFiles(
  folder: string,
  { addresses, samples }: { readonly addresses: Addresses; readonly samples: number },
): Promise<void> {
  for (const [position, worker] of workerNames.entries()) {
    const journal = path.join(folder, stepJournalOf(worker));
    const parameters = {
      concurrency: sessionsPerWorker,
      samples,
      turns: turnsPerSample,
      delayMs: stepMs,
      journal,
    };
    await writeJson(folder, tasksFileOf(position), { echo: { module: 'echo', parameters } });
  }
  await writeJson(folder, 'assignment.yaml', describeAssignment(folder, addresses));
}

function describeAssignment(folder: string, addresses: Addresses): object {
  const agent = {
    module: `${fileURLToPath(new URL('thinking-agent.js', import.meta.url))}#ThinkingAgent`,
    parameters: { thinkMs, journal: path.join(folder, agentJournal) },
  };
  const task = {
    module: 'task-client',
    parameters: { name: 'echo', controller_address: addressOf(addresses.assignerProxyPort) },
  };
  const slots = sessionsPerWorker * workerNames.length;
  return {
    definition: { agent: Object.fromEntries(agentNames.map((name) => [name, agent])), task: { echo: task } },
    concurrency: {
      agent: Object.fromEntries(agentNames.map((name) => [name, slots / agentNames.length])),
      task: { echo: slots },
    },
    assignments: [{ agent: agentNames, task: ['echo'] }],
    output: results,
  };
}

function writeJson(folder: string, file: string, value: object): Promise<void> {
  return writeFile(path.join(folder, file), `${JSON.stringify(value, undefined, 2)}\n`);
}
