export { realFileSystem, type FileSystem } from './file-system.ts';
export { LineWriter } from './line-writer.ts';
export { makeFolder } from './make-folder.ts';
export { countStatuses, makeOverall, readOverall, writeOverall, type Overall } from './overall.ts';
export { PairFiles } from './pair-files.ts';
export { readDone, readRuns, type DoneSamples } from './read-runs.ts';
export { stampTime } from './run-line.ts';
export { writeFileAtomically } from './write-atomically.ts';
