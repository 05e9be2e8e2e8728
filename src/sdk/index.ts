export type {
  AgentOutput,
  Message,
  Outcome,
  SampleIndex,
  SampleStatus,
  TaskOutput,
} from '../protocol/index.ts';
export { contentText } from '../protocol/index.ts';
export { datasetInvalid, readEntries, type LocatedEntry } from './read-entries.ts';
export type { Session } from './session.ts';
export { Task, type TaskClass, type TaskContext } from './task.ts';
