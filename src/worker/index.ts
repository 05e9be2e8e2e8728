export { defaultWorkerOptions, type WorkerOptions } from './options.ts';
export { createTaskWorker, type TaskWorker, type TaskWorkerDependencies } from './task-worker.ts';
