export { createController, type Controller, type ControllerDependencies } from './controller.ts';
export { defaultControllerOptions, type ControllerOptions } from './options.ts';
