export { builtInTasks, type TaskLoader } from './built-in-tasks.ts';
