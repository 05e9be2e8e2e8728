import { coerceError, ProctorError, type Logger } from '../../base/index.ts';
import { loadConfig, parseAssignmentConfig, type AssignmentConfig } from '../../config/index.ts';
import { createHttpTransport, type HttpTransport } from '../../http/index.ts';
import { Fleet } from '../../launcher/index.ts';
import { findAssignedTasks } from '../assigned-tasks.ts';
import {
  playEvaluation,
  prepareEvaluation,
  releaseEvaluation,
  reportSummary,
  secretsOf,
  type PreparedEvaluation,
} from '../evaluation.ts';
import { describeFleet } from '../fleet-observer.ts';
import { watchForLoss, type LossWatch } from '../loss-watch.ts';
import { openLog } from '../open-log.ts';
import { describeCommand } from '../own-command.ts';
import { describeOwnProgram } from '../own-program.ts';
import { parseCount, parseLogLevel } from '../parse-options.ts';
import { controllerHostFor, planFleet, type FleetPlan } from '../plan-fleet.ts';
import { createPrefixer } from '../prefix-lines.ts';
import type { LogLevel } from '../pretty-log.ts';
import { formatError } from '../print-error.ts';
import { hintAtRealModel } from '../real-model-hint.ts';
import { createProgressReporter } from '../reporters/progress-reporter.ts';
import { Screen } from '../reporters/screen.ts';
import { exitCodes, type Shell } from '../shell.ts';
import { defaultTasksFile } from '../task-source.ts';
import { watchStopRequests, type StopRequest } from '../signals.ts';

export interface RunOptions {
  readonly autoRetry?: boolean;
  readonly maxAttempts: string;
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
  const config = leaveOut(whole, [...fleetPlan.unplayable.keys()]);

  let address = '';
  const settings = {
    ...options,
    autoRetry: options.autoRetry === true,
    maxAttempts,
    controller: () => address,
  };
  const prepared = await prepareEvaluation(config, settings, { shell, log });
  const http = createHttpTransport();
  const { fleet, loss } = createFleet({ shell, log, level, screen, http, fleetPlan, address: () => address });
  const stop = watchStopRequests({ onSecond: () => fleet.kill() });
  const stage: Stage = { shell, log, screen, http, fleet, loss, stop, prepared };
  try {
    address = await fleet.startController({ host: controllerHostFor(fleetPlan.workers), port: 0 });
    fleet.startWorkers(fleetPlan.workers, address);
    const exitCode = await playOnFleet(stage);
    if (exitCode === exitCodes.interrupted) {
      log.info(
        `interrupted; go on with: ${describeCommand(shell, resumeWords(file, options, prepared.output))}`,
      );
    }
    const hint = hintAtRealModel(shell, config);
    if (hint !== undefined) screen.print(hint);
    return fleetPlan.unplayable.size > 0 && exitCode === exitCodes.done ? exitCodes.someFailed : exitCode;
  } finally {
    await fleet.stop();
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
  const tools = { shell, log, transport: http.transport, signal, reporter };
  const summary = await playEvaluation(prepared, tools);
  const exitCode = reportSummary(summary, prepared.output, shell);
  const { reason } = loss.signal as { readonly reason: unknown };
  if (ProctorError.is(reason) && !stop.signal.aborted) throw reason;
  return exitCode;
}

interface FleetRequest {
  readonly shell: Shell;
  readonly log: Logger;
  readonly level: LogLevel;
  readonly screen: Screen;
  readonly http: HttpTransport;
  readonly fleetPlan: FleetPlan;
  readonly address: () => string;
}

function createFleet(request: FleetRequest): { readonly fleet: Fleet; readonly loss: LossWatch } {
  const { shell, log, level, screen, http, fleetPlan, address } = request;
  const observer = describeFleet(
    log,
    createPrefixer(shell, (line) => screen.print(line)),
  );
  const taskCount = new Set(fleetPlan.workers.map(({ launch }) => launch.task)).size;
  const loss = watchForLoss({ taskCount, controllerAddress: address, observer });
  const fleet = new Fleet({
    clock: shell.clock,
    transport: http.transport,
    // Started programs are heard when something is wrong; what they do is shown by the progress.
    own: describeOwnProgram(shell, level === 'info' ? 'warn' : level),
    observer: { ...observer, ...loss.observer },
  });
  return { fleet, loss };
}

function leaveOut(config: AssignmentConfig, tasks: readonly string[]): AssignmentConfig {
  return { ...config, pairs: config.pairs.filter(({ task }) => !tasks.includes(task)) };
}

function resumeWords(file: string, options: RunOptions, output: string): readonly string[] {
  const { autoRetry, maxAttempts, tasks } = options;
  const retry = autoRetry ? ['--auto-retry', '--max-attempts', maxAttempts] : [];
  const tasksFile = tasks === defaultTasksFile ? [] : ['--tasks', tasks];
  return ['run', file, ...tasksFile, ...retry, '--output', output];
}
