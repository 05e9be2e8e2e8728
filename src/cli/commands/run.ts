import { coerceError, ProctorError, type Logger } from '../../base/index.ts';
import { loadConfig, parseAssignmentConfig, type AssignmentConfig } from '../../config/index.ts';
import { createHttpTransport, type HttpTransport } from '../../http/index.ts';
import { Fleet, tokenVariable, type OwnProgram } from '../../launcher/index.ts';
import { adoptLimits, findAssignedTasks } from '../assigned-tasks.ts';
import { readClientAccess, remindOfToken } from '../client-access.ts';
import {
  playEvaluation,
  prepareEvaluation,
  releaseEvaluation,
  reportSummary,
  secretsOf,
  type PreparedEvaluation,
} from '../evaluation.ts';
import { describeFleet } from '../fleet-observer.ts';
import { chooseFleetAccess, exposureFlags } from '../fleet-access.ts';
import { fleetTimeWords, readFleetTimes, type FleetOptions } from '../fleet-options.ts';
import { watchForLoss, type LossWatch } from '../loss-watch.ts';
import { openLog } from '../open-log.ts';
import { describeCommand } from '../own-command.ts';
import { describeOwnProgram } from '../own-program.ts';
import { parseCount, parseLogLevel } from '../parse-options.ts';
import { patienceWords, readPatience } from '../patience.ts';
import { controllerHostFor, planFleet, type FleetPlan } from '../plan-fleet.ts';
import { createPrefixer } from '../prefix-lines.ts';
import type { LogLevel } from '../pretty-log.ts';
import { formatError } from '../print-error.ts';
import { hintAtRealModel } from '../real-model-hint.ts';
import { createProgressReporter } from '../reporters/progress-reporter.ts';
import { Screen } from '../reporters/screen.ts';
import { openRunStore, type RunStore } from '../run-store.ts';
import { exitCodes, type Shell } from '../shell.ts';
import { defaultTasksFile } from '../task-source.ts';
import { watchStopRequests, type StopRequest } from '../signals.ts';

export interface RunOptions extends FleetOptions {
  readonly token?: string;
  readonly insecure?: boolean;
  readonly autoRetry?: boolean;
  readonly maxAttempts: string;
  readonly poisonAfter: string;
  readonly patience: string;
  readonly output?: string;
  readonly tasks: string;
  readonly logLevel: string;
}

const command = 'proctor run';

/** Runs controller, workers and assigner for one assignment file and stops them at the end; gives the exit code. */
export async function runEverything(file: string, options: RunOptions, shell: Shell): Promise<number> {
  const screen = new Screen(shell.stderr);
  const level = parseLogLevel(options.logLevel, { flag: '--log-level', command });
  const { log, secrets } = openLog(shell, level, (line) => screen.print(line));
  const maxAttempts = parseCount(options.maxAttempts, { flag: '--max-attempts', command });
  const poisonAfter = parseCount(options.poisonAfter, { flag: '--poison-after', command });
  const { stuckAfterMs, controllerFlags } = readFleetTimes(options, command);
  const { token } = readClientAccess(options, { shell, command });
  const timings = readPatience(options.patience, command);
  const whole = parseAssignmentConfig(loadConfig(file), shell.environment);
  secrets.push(...secretsOf(whole));
  for (const warning of whole.warnings) log.warn(warning);
  const { environment, folder } = shell;
  const assigned = findAssignedTasks(whole, { file, tasksFile: options.tasks, environment });
  secrets.push(...assigned.secrets);
  const fleetPlan = await planFleet(assigned.tasks, { basePort: 0, folder });
  for (const [task, error] of fleetPlan.unplayable) {
    screen.print(formatError(error, secrets).trimEnd());
    log.warn(`task ${task} is left out`);
  }
  const access = { token, insecure: options.insecure === true };
  const own = protectPrograms(fleetPlan, { access, shell, log, level });
  const playable = leaveOut(whole, [...fleetPlan.unplayable.keys()]);
  const config = adoptLimits(playable, assigned.tasks);

  let address = '';
  const settings = {
    ...options,
    autoRetry: options.autoRetry === true,
    maxAttempts,
    poisonAfter,
    timings,
    controller: () => address,
  };
  const prepared = await prepareEvaluation(config, settings, { shell, log });
  const http = createHttpTransport({ token: own.environment[tokenVariable] });
  const tools = { shell, log, own, screen, http, fleetPlan };
  const { fleet, loss } = createFleet({ ...tools, stuckAfterMs, address: () => address });
  const stop = watchStopRequests({ onSecond: () => fleet.kill() });
  const stage: Stage = { shell, log, screen, http, fleet, loss, stop, prepared };
  let store: RunStore | undefined;
  try {
    store = await openRunStore(prepared.plan.folder, shell.clock.now());
    const host = controllerHostFor(fleetPlan.workers);
    const flags = ['--store', store.file, ...controllerFlags, ...exposureFlags(host, own)];
    address = await fleet.startController({ host, port: 0, flags });
    fleet.startWorkers(fleetPlan.workers, address);
    const exitCode = await playOnFleet(stage);
    if (exitCode === exitCodes.interrupted) {
      log.info(
        `interrupted; go on with: ${describeCommand(shell, resumeWords(file, options, prepared.output))}${remindOfToken(options)}`,
      );
    }
    const hint = hintAtRealModel(shell, config);
    if (hint !== undefined) screen.print(hint);
    return fleetPlan.unplayable.size > 0 && exitCode === exitCodes.done ? exitCodes.someFailed : exitCode;
  } finally {
    await fleet.stop();
    await store?.remove();
    await releaseEvaluation(prepared, log);
    await http.close();
  }
}

interface Stage {
  readonly shell: Shell;
  readonly log: Logger;
  readonly screen: Screen;
  readonly http: HttpTransport;
  readonly fleet: Fleet;
  readonly loss: LossWatch;
  readonly stop: StopRequest;
  readonly prepared: PreparedEvaluation;
}

/** Throws the loss's error when the programs that were started are gone for good. */
async function playOnFleet(stage: Stage): Promise<number> {
  const { shell, log, screen, http, fleet, loss, stop, prepared } = stage;
  const signal = AbortSignal.any([stop.signal, loss.signal]);
  try {
    await fleet.waitUntilReady(signal);
  } catch (error) {
    if (loss.signal.aborted) throw coerceError(loss.signal.reason);
    if (!stop.signal.aborted) throw error;
    return exitCodes.interrupted;
  }
  loss.bearLosses();
  log.info(`results go to ${prepared.output}`);
  const reporter = createProgressReporter(screen, shell.clock);
  const tools = { shell, log, transport: http.transport, follow: http.follow, signal, reporter };
  const summary = await playEvaluation(prepared, tools);
  const exitCode = reportSummary(summary, prepared.output, shell);
  const { reason } = loss.signal as { readonly reason: unknown };
  if (ProctorError.is(reason) && !stop.signal.aborted) throw reason;
  return exitCode;
}

interface FleetRequest {
  readonly shell: Shell;
  readonly log: Logger;
  readonly own: OwnProgram;
  readonly screen: Screen;
  readonly http: HttpTransport;
  readonly fleetPlan: FleetPlan;
  readonly stuckAfterMs: number;
  readonly address: () => string;
}

function createFleet(request: FleetRequest): { readonly fleet: Fleet; readonly loss: LossWatch } {
  const { shell, log, own, screen, http, fleetPlan, stuckAfterMs, address } = request;
  const observer = describeFleet(
    log,
    createPrefixer(shell, (line) => screen.print(line)),
  );
  const taskCount = new Set(fleetPlan.workers.map(({ launch }) => launch.task)).size;
  const loss = watchForLoss({ taskCount, controllerAddress: address, observer });
  const fleet = new Fleet({
    clock: shell.clock,
    transport: http.transport,
    own,
    observer: { ...observer, ...loss.observer },
    stuckAfterMs,
  });
  return { fleet, loss };
}

interface Protection {
  readonly access: { readonly token: string | undefined; readonly insecure: boolean };
  readonly shell: Shell;
  readonly log: Logger;
  readonly level: LogLevel;
}

/** How programs are started that know each other by a token, where they need one. Throws as `chooseFleetAccess` does. */
function protectPrograms({ workers }: FleetPlan, { access, shell, log, level }: Protection): OwnProgram {
  const { token, warning } = chooseFleetAccess({ ...access, workers, startsController: true, command });
  if (warning !== undefined) log.warn(warning);
  if (token !== undefined) shell.secrets.push(token);
  // Started programs are heard when something is wrong; what they do is shown by the progress.
  return describeOwnProgram(shell, level === 'info' ? 'warn' : level, { token });
}

function leaveOut(config: AssignmentConfig, tasks: readonly string[]): AssignmentConfig {
  return { ...config, pairs: config.pairs.filter(({ task }) => !tasks.includes(task)) };
}

function resumeWords(file: string, options: RunOptions, output: string): readonly string[] {
  const { autoRetry, maxAttempts, poisonAfter, patience, tasks, insecure } = options;
  const retry = autoRetry
    ? ['--auto-retry', '--max-attempts', maxAttempts, '--poison-after', poisonAfter]
    : [];
  const tasksFile = tasks === defaultTasksFile ? [] : ['--tasks', tasks];
  const flags = [
    ...retry,
    ...patienceWords(patience),
    ...fleetTimeWords(options),
    ...(insecure ? ['--insecure'] : []),
  ];
  return ['run', file, ...tasksFile, ...flags, '--output', output];
}
