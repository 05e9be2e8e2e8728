export { parseAssignmentConfig, type AssignmentConfig } from './assignment-config.ts';
export { type AssignmentPair } from './assignment-pairs.ts';
export { describeAssignmentConfig } from './describe-assignment.ts';
export { type ModuleDefinition } from './module-definition.ts';
export { expandOutputTemplate } from './output-template.ts';
export { parseStartConfig, type StartConfig, type StartSelection } from './start-config.ts';
export {
  parseTaskDefinitions,
  type DockerDefinition,
  type TaskDefinition,
  type TaskDefinitions,
  type TaskSelection,
} from './task-definitions.ts';
export type { RecycleRule, TaskLimits } from './task-limits.ts';
