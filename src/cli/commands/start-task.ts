import type { Logger } from '../../base/index.ts';
import { loadConfig, parseStartConfig, type StartConfig } from '../../config/index.ts';
import { createHttpTransport } from '../../http/index.ts';
import { Fleet } from '../../launcher/index.ts';
import { defaultControllerAddress } from '../../protocol/index.ts';
import { findOrStartController } from '../find-or-start-controller.ts';
import { describeFleet } from '../fleet-observer.ts';
import { openLog } from '../open-log.ts';
import { describeOwnProgram } from '../own-program.ts';
import { parseAddress, parseLogLevel, parsePort, parseStartList } from '../parse-options.ts';
import { checkPortsFree, controllerHostFor, planFleet, type TaskToStart } from '../plan-fleet.ts';
import { createPrefixer } from '../prefix-lines.ts';
import { formatError } from '../print-error.ts';
import { serverExitCode, whenAborted } from '../serve.ts';
import { exitCodes, type Shell } from '../shell.ts';
import { watchStopRequests } from '../signals.ts';

export interface StartTaskOptions {
  readonly config: string;
  readonly start?: readonly string[];
  readonly autoController?: boolean;
  readonly basePort: string;
  readonly controller?: string;
  readonly logLevel: string;
}

const command = 'proctor start-task';

/** Starts workers (and a controller), keeps them running until it is told to stop; gives the exit code. */
export async function runStartTask(options: StartTaskOptions, shell: Shell): Promise<number> {
  const level = parseLogLevel(options.logLevel, { flag: '--log-level', command });
  const { log, secrets } = openLog(shell, level);
  const basePort = parsePort(options.basePort, { flag: '--base-port', command });
  const start = options.start && parseStartList(options.start, command);
  const config = readStartFile(options.config, { shell, ...(start ? { start } : {}) });
  secrets.push(...config.secrets);
  const given = options.controller ?? config.controller ?? defaultControllerAddress;
  const controller = parseAddress(given, { flag: '--controller', command });
  const { workers, unplayable } = await planFleet(tasksOf(config, options.config), {
    basePort,
    folder: shell.folder,
  });
  for (const [task, error] of unplayable) {
    shell.stderr.write(formatError(error, secrets));
    log.warn(`task ${task} is left out`);
  }
  await checkPortsFree(workers);

  let loseController: () => void = () => undefined;
  const controllerLost = new Promise<number>(
    (resolve) => (loseController = () => resolve(exitCodes.someFailed)),
  );
  const print = (line: string) => void shell.stderr.write(`${line}\n`);
  const http = createHttpTransport();
  const fleet = new Fleet({
    clock: shell.clock,
    transport: http.transport,
    own: describeOwnProgram(shell, level),
    observer: {
      ...describeFleet(log, createPrefixer(shell, print)),
      onControllerLost: () => loseController(),
    },
  });
  const stop = watchStopRequests({ onSecond: () => fleet.kill(), input: shell.stdin });
  try {
    await findOrStartController(controller, {
      fleet,
      transport: http.transport,
      clock: shell.clock,
      log,
      signal: stop.signal,
      mayStart: options.autoController === true,
      host: controllerHostFor(workers),
    });
    fleet.startWorkers(workers, controller);
    tellWhenReady(fleet, { count: workers.length, log, signal: stop.signal });
    const allLost = fleet.allLost.then((isRefused) =>
      isRefused ? exitCodes.wrongUsage : exitCodes.someFailed,
    );
    return await Promise.race([
      whenAborted(stop.signal).then(() => serverExitCode(stop)),
      allLost,
      controllerLost,
    ]);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    return serverExitCode(stop);
  } finally {
    log.info('stopping what was started');
    await fleet.stop();
    await http.close();
  }
}

function readStartFile(
  file: string,
  { shell, start }: { readonly shell: Shell; readonly start?: ReadonlyMap<string, number> },
): StartConfig {
  return parseStartConfig(loadConfig(file), { environment: shell.environment, ...(start ? { start } : {}) });
}

function tasksOf(config: StartConfig, configFile: string): TaskToStart[] {
  return [...config.start].flatMap(([task, count]) => {
    const definition = config.definitions.get(task);
    return definition ? [{ task, count, definition, configFile }] : [];
  });
}

interface Readiness {
  readonly count: number;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

function tellWhenReady(fleet: Fleet, { count, log, signal }: Readiness): void {
  fleet.waitUntilReady(signal).then(
    () => log.info(count === 0 ? 'no worker is to be started' : `all ${count} workers are ready`),
    // Stopped before they were.
    () => undefined,
  );
}
