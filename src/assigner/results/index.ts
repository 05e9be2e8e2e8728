export { realFileSystem, type FileSystem } from './file-system.ts';
export { LineWriter } from './line-writer.ts';
export { makeFolder } from './make-folder.ts';
export {
  countStatuses,
  countUnscored,
  readOverall,
  summarizeOutputs,
  writeOverall,
  type Overall,
  type OverallMetric,
  type UnscoredCounts,
} from './overall.ts';
export { PairFiles } from './pair-files.ts';
export { readDone, readRuns, type DoneSamples } from './read-runs.ts';
export { stampTime, type FinishedRun } from './run-line.ts';
export { writeFileAtomically } from './write-atomically.ts';
