import type { Logger } from '../base/index.ts';
import type { FleetObserver } from '../launcher/index.ts';

/** Tells in the log what becomes of the programs that were started, and passes their own lines on. */
export function describeFleet(log: Logger, onLine: (label: string, line: string) => void): FleetObserver {
  return {
    onLine,
    onReady: (label, waitedMs) =>
      log.info(`${label} is ready`, { after: `${(waitedMs / 1000).toFixed(1)}s` }),
    onWaiting: (labels, waitedMs) =>
      log.warn(`not listed by the controller after ${Math.round(waitedMs / 1000)} s: ${labels.join(', ')}`),
    onCrash: (label, { how, pauseMs }) =>
      log.warn(`${label} ${how}; it is started again in ${pauseMs / 1000} s`),
    onRecycle: (label) => log.info(`${label} has done its share; a fresh one takes its place`),
    onGiveUp: (label, { how, crashes }) =>
      log.error(`${label} ${how}; it crashed ${crashes} times in a row and is not started again`),
    onRefusal: (label, how) => log.error(`${label} ${how}; it is not started again`),
    onTaskLost: (task) => log.error(`no worker of task ${task} is left`),
    onControllerLost: () => log.error('the task-controller is gone for good'),
  };
}
