// What the authors of tasks and agents import: `import { Task } from 'proctor'`.
export { ProctorError } from './base/index.ts';
export type { ActContext, Agent, AgentClass, AgentContext } from './agents/index.ts';
export {
  contentText,
  Task,
  type AgentOutput,
  type Message,
  type Outcome,
  type SampleIndex,
  type SampleStatus,
  type Session,
  type TaskClass,
  type TaskContext,
  type TaskOutput,
} from './sdk/index.ts';
