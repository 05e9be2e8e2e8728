import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { PairFiles, realFileSystem, stampTime } from '../../src/assigner/results/index.ts';
import { runEvaluation, type EvaluationPlan } from '../../src/assigner/index.ts';
import { silentLogger, systemClock } from '../../src/base/index.ts';
import { readPeakRssMiB, resetPeakRss } from '../processes/process-facts.ts';
import { servePart } from '../processes/part.ts';
import { makeOutputs } from './make-outputs.ts';
import { createScoringController } from './scoring-controller.ts';

const pair = { agent: 'agent', task: 'task' } as const;
/** So many samples end at the same time at most: the writer may sync them together. */
const concurrency = 64;

export interface Phase {
  readonly seconds: number;
  readonly megabytes: number;
  readonly peakRssMiB: number;
}

const operations = {
  /** Appends finished runs through the assigner's own writer, each counted when it is on disk. */
  append: async (input: {
    readonly folder: string;
    readonly runs: number;
    readonly historyBytes: number;
  }): Promise<Phase> => {
    const { folder, runs, historyBytes } = input;
    const outputs = makeOutputs(historyBytes);
    const files = new PairFiles(realFileSystem, path.join(folder, pair.agent, pair.task));
    await files.prepare(() => undefined);
    resetPeakRss('self');
    const startMs = performance.now();
    let next = 0;
    const writers = Array.from({ length: concurrency }, async () => {
      while (next < runs) {
        const index = next++;
        const output = { ...outputs[index % outputs.length], index } as (typeof outputs)[number];
        const time = stampTime(systemClock.now());
        await files.append({
          index,
          error: null,
          info: null,
          output,
          time,
          attempt: 1,
          session_id: index,
          cause: 'none',
        });
      }
    });
    await Promise.all(writers);
    return finishPhase(startMs, folder, () => files.close());
  },

  /** Reads the file as plainly as can be: what the disk, or the memory before it, gives. */
  readPlainly: async ({ folder }: { readonly folder: string }): Promise<Phase> => {
    resetPeakRss('self');
    const startMs = performance.now();
    const handle = await open(runsFile(folder), 'r');
    const buffer = Buffer.allocUnsafe(256 * 1024);
    while ((await handle.read(buffer, 0, buffer.length, null)).bytesRead > 0);
    return finishPhase(startMs, folder, () => handle.close());
  },

  /** Goes on with a folder in which every sample is done but the scores are missing: resumes, then summarises. */
  resume: async ({ folder, runs }: { readonly folder: string; readonly runs: number }) => {
    const controller = createScoringController(pair.task, runs);
    resetPeakRss('self');
    let startMs = performance.now();
    const plan: EvaluationPlan = {
      pairs: [pair],
      agentConcurrency: { [pair.agent]: 1 },
      taskConcurrency: { [pair.task]: 1 },
      controllerOf: () => 'http://127.0.0.1:1/api',
      folder,
      savedConfig: '',
      autoRetry: false,
      maxAttempts: 1,
    };
    const resumedPhases: Promise<Phase>[] = [];
    const summary = await runEvaluation(plan, {
      transport: controller,
      clock: systemClock,
      log: silentLogger,
      agents: { [pair.agent]: { act: () => Promise.reject(new Error('every sample is done')) } },
      observer: {
        planKnown: () => {
          resumedPhases.push(finishPhase(startMs, folder));
          resetPeakRss('self');
          startMs = performance.now();
        },
      },
      signal: new AbortController().signal,
    });
    const summarised = await finishPhase(startMs, folder);
    const [outcome] = summary.pairs;
    return {
      resumed: await resumedPhases[0],
      summarised,
      completed: outcome?.completed,
      problem: summary.stoppedBy?.message ?? describe(outcome),
    };
  },
};

export type ResultsOperations = typeof operations;

servePart(operations);

function describe(outcome: object | undefined): string | undefined {
  const failure = outcome && 'overallFailure' in outcome ? outcome.overallFailure : undefined;
  return failure === undefined ? undefined : JSON.stringify(failure).slice(0, 300);
}

function runsFile(folder: string): string {
  return path.join(folder, pair.agent, pair.task, 'runs.jsonl');
}

/** The clock stops before anything is awaited. */
async function finishPhase(
  startMs: number,
  folder: string,
  release?: () => Promise<unknown>,
): Promise<Phase> {
  const seconds = (performance.now() - startMs) / 1000;
  const peakRssMiB = readPeakRssMiB('self');
  await release?.();
  const { size } = await stat(runsFile(folder));
  return { seconds, megabytes: size / 1e6, peakRssMiB };
}
