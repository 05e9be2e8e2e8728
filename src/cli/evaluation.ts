import path from 'node:path';
import type { Agent } from '../agents/index.ts';
import {
  chooseExitCode,
  runEvaluation,
  type EvaluationPlan,
  type EvaluationSummary,
  type EvaluationTimings,
  type SampleLimits,
} from '../assigner/index.ts';
import { coerceError, type Clock, type Logger } from '../base/index.ts';
import {
  collectSecrets,
  describeAssignmentConfig,
  expandOutputTemplate,
  stringifyYaml,
  type AssignmentConfig,
  type TaskLimits,
} from '../config/index.ts';
import { defaultControllerAddress, type EventFollower, type Transport } from '../protocol/index.ts';
import { listedNameOf } from './check-parameters.ts';
import { createAgent } from './create-agent.ts';
import { escapeControlInLines } from './escape-control.ts';
import { OracleTasks } from './oracle-lookup.ts';
import { parseAddress } from './parse-options.ts';
import type { ProgressReporter } from './reporters/progress-reporter.ts';
import { formatSummary } from './reporters/summary-table.ts';
import type { Shell } from './shell.ts';

export interface EvaluationSettings {
  readonly autoRetry: boolean;
  readonly maxAttempts: number;
  /** So many workers that die under one sample have it set aside; as the plan says unless told. */
  readonly poisonAfter?: number;
  /** Times that differ from the defaults. */
  readonly timings?: Partial<EvaluationTimings>;
  /** In the place of the file's `output`. */
  readonly output?: string | undefined;
  /** In the place of every task's `controller_address`; asked when the evaluation begins. */
  readonly controller?: () => string;
}

export interface EvaluationTools {
  readonly shell: Shell;
  readonly log: Logger;
  readonly transport: Transport;
  readonly follow: EventFollower;
  readonly signal: AbortSignal;
  readonly reporter: ProgressReporter;
}

export interface PreparedEvaluation {
  readonly plan: EvaluationPlan;
  readonly agents: Readonly<Record<string, Agent>>;
  readonly oracles: OracleTasks;
  /** The output folder as a person would write it. */
  readonly output: string;
}

/** Builds agents and plan from a checked assignment file; whatever is wrong is thrown before anything is started or written. */
export async function prepareEvaluation(
  config: AssignmentConfig,
  settings: EvaluationSettings,
  { shell, log }: Pick<EvaluationTools, 'shell' | 'log'>,
): Promise<PreparedEvaluation> {
  const { folder, clock } = shell;
  const output = settings.output ?? expandOutputTemplate(config.output, clock.now());
  const oracles = new OracleTasks({ config, folder, log, clock });
  const agents = await createAgents(config, { folder, log, clock, oracles });
  const addresses = new Map(
    [...config.tasks].map(([name, { parameters }]) => {
      const written = parameters['controller_address'] ?? defaultControllerAddress;
      const place = { flag: `controller_address of task ${name}`, command: 'proctor assigner' };
      return [name, parseAddress(typeof written === 'string' ? written : JSON.stringify(written), place)];
    }),
  );
  const plan: EvaluationPlan = {
    pairs: config.pairs,
    agentConcurrency: Object.fromEntries(config.concurrency.agents),
    taskConcurrency: Object.fromEntries(config.concurrency.tasks),
    controllerOf: (task) => settings.controller?.() ?? addresses.get(task) ?? defaultControllerAddress,
    controllerNameOf: (task) => {
      const definition = config.tasks.get(task);
      return definition ? listedNameOf(task, definition) : task;
    },
    limitsOf: (task) => sampleLimitsOf(config.tasks.get(task)?.limits),
    folder: path.resolve(folder, output),
    savedConfig: stringifyYaml(describeAssignmentConfig(config, output), { sortKeys: true }),
    autoRetry: settings.autoRetry,
    maxAttempts: settings.maxAttempts,
    ...(settings.poisonAfter !== undefined && { poisonAfter: settings.poisonAfter }),
    ...(settings.timings && { timings: settings.timings }),
  };
  return { plan, agents, oracles, output };
}

/** What of a task's limits the assigner keeps; a step's is kept by the controller. */
function sampleLimitsOf(limits: TaskLimits = {}): SampleLimits {
  const { sampleSeconds, turns, agentTokens, stepSeconds } = limits;
  return {
    ...(sampleSeconds === undefined ? {} : { wallMs: sampleSeconds * 1000 }),
    ...(turns === undefined ? {} : { turns }),
    ...(agentTokens === undefined ? {} : { agentTokens }),
    ...(stepSeconds === undefined ? {} : { stepSeconds }),
  };
}

interface AgentTools {
  readonly folder: string;
  readonly log: Logger;
  readonly clock: Clock;
  readonly oracles: OracleTasks;
}

async function createAgents(config: AssignmentConfig, tools: AgentTools): Promise<Record<string, Agent>> {
  const agents: Record<string, Agent> = {};
  for (const [name, definition] of config.agents) {
    agents[name] = await createAgent({
      ...tools,
      name,
      definition,
      oracleOf: tools.oracles.lookupFor(definition),
    });
  }
  return agents;
}

/** Plays a prepared evaluation with live progress and gives what came of it. */
export async function playEvaluation(
  prepared: PreparedEvaluation,
  tools: EvaluationTools,
): Promise<EvaluationSummary> {
  const { plan, agents } = prepared;
  const { shell, log, transport, follow, signal, reporter } = tools;
  const { clock } = shell;
  try {
    return await runEvaluation(plan, {
      transport,
      follow,
      clock,
      log,
      agents,
      observer: reporter.observer,
      signal,
      secrets: shell.secrets,
    });
  } finally {
    reporter.close();
  }
}

/** Gives back what agents and oracles hold; what fails in that is told in the log. */
export async function releaseEvaluation({ agents, oracles }: PreparedEvaluation, log: Logger): Promise<void> {
  const releases = [...Object.values(agents).map(async (agent) => agent.release?.()), oracles.release()];
  for (const outcome of await Promise.allSettled(releases)) {
    if (outcome.status === 'fulfilled') continue;
    log.warn(`an agent was not released: ${coerceError(outcome.reason).message}`);
  }
}

/** What must not be shown: filled from the environment, or written below keys such as Authorization. */
export function secretsOf(config: AssignmentConfig): readonly string[] {
  return [
    ...config.secrets,
    ...[...config.agents.values()].flatMap(({ parameters }) => collectSecrets(parameters)),
  ];
}

/** Prints the final table and says where the results are; gives the exit code. */
export function reportSummary(summary: EvaluationSummary, output: string, shell: Shell): number {
  if (summary.pairs.length + summary.absent.length > 0)
    shell.stdout.write(`${escapeControlInLines(formatSummary(summary))}\n`);
  shell.stdout.write(`results: ${output}\n`);
  return chooseExitCode(summary);
}
