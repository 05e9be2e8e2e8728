export { isWorkerPattern } from './worker-address.ts';
export { createController, type Controller, type ControllerDependencies } from './controller.ts';
export { defaultControllerOptions, type ControllerOptions } from './options.ts';
export { MemoryStore, openSqliteStore, type ControllerStore } from './store/index.ts';
