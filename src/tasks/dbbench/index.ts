export { DbBenchTask } from './task.ts';
