export type { ControllerTarget } from './heartbeat-messages.ts';
export { defaultWorkerOptions, type WorkerOptions } from './options.ts';
export type { RecycleRule } from './recycling.ts';
export { createTaskWorker, type TaskWorker, type TaskWorkerDependencies } from './task-worker.ts';
