import { loadConfig, parseAssignmentConfig } from '../../config/index.ts';
import { createHttpTransport } from '../../http/index.ts';
import { readClientAccess, remindOfToken, type ClientAccessOptions } from '../client-access.ts';
import {
  playEvaluation,
  prepareEvaluation,
  releaseEvaluation,
  reportSummary,
  secretsOf,
} from '../evaluation.ts';
import { openLog } from '../open-log.ts';
import { describeCommand } from '../own-command.ts';
import { parseCount, parseLogLevel } from '../parse-options.ts';
import { patienceWords, readPatience } from '../patience.ts';
import { createProgressReporter } from '../reporters/progress-reporter.ts';
import { Screen } from '../reporters/screen.ts';
import { exitCodes, type Shell } from '../shell.ts';
import { watchStopRequests } from '../signals.ts';

export interface AssignerOptions extends ClientAccessOptions {
  readonly config: string;
  readonly autoRetry?: boolean;
  readonly maxAttempts: string;
  readonly poisonAfter: string;
  readonly patience: string;
  readonly output?: string;
  readonly logLevel: string;
}

const command = 'proctor assigner';

/** Runs the evaluation that an assignment file describes; gives the exit code. */
export async function runAssigner(options: AssignerOptions, shell: Shell): Promise<number> {
  const screen = new Screen(shell.stderr);
  const level = parseLogLevel(options.logLevel, { flag: '--log-level', command });
  const { log, secrets } = openLog(shell, level, (line) => screen.print(line));
  const access = readClientAccess(options, { shell, command });
  const maxAttempts = parseCount(options.maxAttempts, { flag: '--max-attempts', command });
  const poisonAfter = parseCount(options.poisonAfter, { flag: '--poison-after', command });
  const timings = readPatience(options.patience, command);
  const config = parseAssignmentConfig(loadConfig(options.config), shell.environment);
  secrets.push(...secretsOf(config));
  for (const warning of config.warnings) log.warn(warning);
  const { output, autoRetry = false } = options;
  const settings = { autoRetry, maxAttempts, poisonAfter, timings, output };
  const prepared = await prepareEvaluation(config, settings, { shell, log });
  const stop = watchStopRequests();
  const http = createHttpTransport(access);
  try {
    log.info(`results go to ${prepared.output}`);
    const reporter = createProgressReporter(screen, shell.clock);
    const tools = {
      shell,
      log,
      transport: http.transport,
      follow: http.follow,
      signal: stop.signal,
      reporter,
    };
    const summary = await playEvaluation(prepared, tools);
    const exitCode = reportSummary(summary, prepared.output, shell);
    if (exitCode === exitCodes.interrupted) {
      log.info(
        `interrupted; go on with: ${describeCommand(shell, resumeWords(options, prepared.output))}${remindOfToken(options)}`,
      );
    }
    return exitCode;
  } finally {
    await releaseEvaluation(prepared, log);
    await http.close();
  }
}

function resumeWords(options: AssignerOptions, output: string): readonly string[] {
  const { config, autoRetry, maxAttempts, poisonAfter, patience, tlsCa } = options;
  const trust = tlsCa === undefined ? [] : ['--tls-ca', tlsCa];
  const retry = autoRetry
    ? ['--auto-retry', '--max-attempts', maxAttempts, '--poison-after', poisonAfter]
    : [];
  return ['assigner', '--config', config, ...retry, ...patienceWords(patience), ...trust, '--output', output];
}
