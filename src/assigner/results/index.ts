export { realFileSystem, type FileSystem } from './file-system.ts';
export { LineWriter } from './line-writer.ts';
export { makeFolder } from './make-folder.ts';
export {
  countStatuses,
  countUnscored,
  readOverall,
  RunTally,
  writeOverall,
  type Overall,
  type OverallMetric,
  type UnscoredCounts,
} from './overall.ts';
export { PairFiles } from './pair-files.ts';
export { readDone, readRuns, type DoneSamples } from './read-runs.ts';
export { stampTime, type FinishedRun, type StoredOutput } from './run-line.ts';
export { makeScoringRequest } from './scoring-request.ts';
export { writeFileAtomically } from './write-atomically.ts';
