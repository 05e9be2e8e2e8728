import type { Logger } from '../../base/index.ts';
import { loadConfig, parseStartConfig, type StartConfig } from '../../config/index.ts';
import { createHttpTransport, type HttpTransport } from '../../http/index.ts';
import { Fleet, tokenVariable, type FleetWorker, type OwnProgram } from '../../launcher/index.ts';
import { defaultControllerAddress } from '../../protocol/index.ts';
import { readClientAccess, type ClientAccessOptions } from '../client-access.ts';
import { findController, startController } from '../find-or-start-controller.ts';
import { describeFleet } from '../fleet-observer.ts';
import { chooseFleetAccess, exposureFlags, type FleetAccess } from '../fleet-access.ts';
import { readFleetTimes, type FleetOptions } from '../fleet-options.ts';
import { openLog } from '../open-log.ts';
import { describeOwnProgram } from '../own-program.ts';
import { parseAddress, parseLogLevel, parsePort, parseStartList } from '../parse-options.ts';
import { checkPortsFree, controllerHostFor, planFleet, type TaskToStart } from '../plan-fleet.ts';
import { createPrefixer } from '../prefix-lines.ts';
import { formatError } from '../print-error.ts';
import { serverExitCode, whenAborted } from '../serve.ts';
import { exitCodes, type Shell } from '../shell.ts';
import { watchStopRequests, type StopRequest } from '../signals.ts';

export interface StartTaskOptions extends FleetOptions, ClientAccessOptions {
  readonly insecure?: boolean;
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
  const { stuckAfterMs, controllerFlags } = readFleetTimes(options, command);
  const client = readClientAccess(options, { shell, command });
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

  let killAll = (): void => undefined;
  const stop = watchStopRequests({ onSecond: () => killAll(), input: shell.stdin });
  const look = createHttpTransport(client);
  try {
    const mayStart = options.autoController === true;
    const search = { transport: look.transport, clock: shell.clock, log, signal: stop.signal, mayStart };
    const startsController = !(await findController(controller, search));
    if (!startsController && controllerFlags.length > 0)
      log.warn(`the controller keeps its own times: ${controllerFlags.join(' ')} cannot change them`);
    const access = chooseFleetAccess({
      workers,
      token: client.token,
      insecure: options.insecure === true,
      startsController,
      command,
    });
    tellAccess(access, { shell, log });
    const http = createHttpTransport({ ...client, token: access.token });
    const own = describeOwnProgram(shell, level, { token: access.token, tlsCa: options.tlsCa });
    const onFleet = (fleet: Fleet) => (killAll = () => fleet.kill());
    const tools = { shell, log, http, own, stop, stuckAfterMs, onFleet };
    return await keepRunning({ ...tools, workers, controller, startsController, controllerFlags });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    return serverExitCode(stop);
  } finally {
    await look.close();
  }
}

interface Running {
  readonly shell: Shell;
  readonly log: Logger;
  readonly http: HttpTransport;
  readonly own: OwnProgram;
  readonly stop: StopRequest;
  readonly stuckAfterMs: number;
  /** Told what is to be killed when somebody does not want to wait. */
  readonly onFleet: (fleet: Fleet) => void;
  readonly workers: readonly FleetWorker[];
  /** The address. */
  readonly controller: string;
  readonly startsController: boolean;
  readonly controllerFlags: readonly string[];
}

/** Throws what starting throws, also when it was stopped meanwhile. */
async function keepRunning(running: Running): Promise<number> {
  const { shell, log, http, own, stop, stuckAfterMs, workers, controller, controllerFlags } = running;
  let loseController: () => void = () => undefined;
  const controllerLost = new Promise<number>(
    (resolve) => (loseController = () => resolve(exitCodes.someFailed)),
  );
  const print = (line: string) => void shell.stderr.write(`${line}\n`);
  const fleet = new Fleet({
    clock: shell.clock,
    transport: http.transport,
    own,
    observer: {
      ...describeFleet(log, createPrefixer(shell, print)),
      onControllerLost: () => loseController(),
    },
    stuckAfterMs,
  });
  running.onFleet(fleet);
  try {
    const host = controllerHostFor(workers);
    if (running.startsController) {
      const place = { fleet, transport: http.transport, clock: shell.clock, log, signal: stop.signal, host };
      const flags = [...controllerFlags, ...exposureFlags(host, own)];
      await startController(controller, { ...place, flags });
    }
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
  } finally {
    log.info('stopping what was started');
    await fleet.stop();
    await http.close();
  }
}

/** A token that was made here is shown once, since whoever uses the controller needs it. */
function tellAccess(
  { token, isMade, warning }: FleetAccess,
  { shell, log }: { readonly shell: Shell; readonly log: Logger },
): void {
  if (warning !== undefined) log.warn(warning);
  if (!isMade || token === undefined) return;
  shell.stderr.write(
    `Containers reach the controller only where other machines may reach it as well, so it wants a token. For the other programs:\n` +
      `  export ${tokenVariable}=${token}\n`,
  );
  shell.secrets.push(token);
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
