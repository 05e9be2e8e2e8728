export { EchoTask } from './task.ts';
