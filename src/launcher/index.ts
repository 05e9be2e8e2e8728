export { checkPortFree, findFreePort } from './check-port.ts';
export {
  probeController,
  readControllerAddress,
  waitForController,
  type ControllerSearch,
} from './find-controller.ts';
export { Fleet, type FleetDependencies, type FleetObserver, type FleetWorker } from './fleet.ts';
export { planWorkers, type LaunchDefinition, type LaunchRequest, type WorkerLaunch } from './plan.ts';
export { tokenVariable, type OwnProgram } from './process-command.ts';
export { defaultRestartPolicy, type RestartPolicy } from './restart-policy.ts';
export type { SupervisorObserver } from './supervise.ts';
export type { ReadyObserver } from './wait-ready.ts';
export { selfAddress } from './worker-arguments.ts';
