export { OsInteractionTask } from './task.ts';
