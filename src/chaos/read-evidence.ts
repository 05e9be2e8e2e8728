import path from 'node:path';
import { readJsonLines, readRunLines, readSteps, type Evidence } from './evidence.ts';
import { workerNames, type StruckFault } from './fault.ts';
import { agentJournal, agentNames, results, stepJournalOf, turnsPerSample } from './system-files.ts';

/** Reads what a run left in its folder. */
export async function readEvidence(
  folder: string,
  { faults, samplesPerAgent }: { readonly faults: readonly StruckFault[]; readonly samplesPerAgent: number },
): Promise<Evidence> {
  const output = path.join(folder, results);
  const read = (file: string) =>
    Promise.all(agentNames.map((agent) => readRunLines(path.join(output, agent, 'echo'), { agent, file })));
  const runs = await read('runs.jsonl');
  const failures = await read('error.jsonl');
  const steps = await Promise.all(
    workerNames.map((worker) => readSteps(path.join(folder, stepJournalOf(worker)), worker)),
  );
  return {
    agents: agentNames,
    samplesPerAgent,
    turnsPerSample,
    runs: runs.flatMap(({ lines }) => lines),
    failures: failures.flatMap(({ lines }) => lines),
    torn: [...runs, ...failures, ...steps].flatMap(({ torn }) => torn),
    steps: steps.flatMap((read) => read.steps),
    faults,
  };
}

/** How many answers an agent was asked for more than once in one playing or in several. */
export async function countAnswers(folder: string): Promise<number> {
  return (await readJsonLines(path.join(folder, agentJournal))).lines.length;
}
