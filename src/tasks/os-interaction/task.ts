import { coerceError, ProctorError, type Json } from '../../base/index.ts';
import type { Sandbox, Shell } from '../../sandbox/index.ts';
import {
  Task,
  type AgentOutput,
  type Message,
  type Outcome,
  type SampleIndex,
  type Session,
  type TaskContext,
  type TaskOutput,
} from '../../sdk/index.ts';
import { converse, type Ending } from './converse.ts';
import { readDataset } from './dataset.ts';
import { judge } from './judge.ts';
import { playExample } from './oracle.ts';
import { osInteractionParameters, type OsInteractionParameters } from './parameters.ts';
import type { Problem } from './problem.ts';
import { Sandboxes } from './sandboxes.ts';
import { scoreOutcomes } from './score.ts';
import { setUp } from './set-up.ts';
import { styles, type Style } from './style.ts';

/** Problems at the shell of a Linux machine: AgentBench's OSInteraction. */
export class OsInteractionTask extends Task {
  static readonly parameters = osInteractionParameters;
  readonly #parameters: OsInteractionParameters;
  readonly #context: TaskContext;
  readonly #sandboxes: Sandboxes;
  readonly #style: Style;
  #problems: Promise<ReadonlyMap<string, Problem>> | undefined;

  constructor(parameters: OsInteractionParameters, context: TaskContext) {
    super();
    this.#parameters = parameters;
    this.#context = context;
    this.#sandboxes = new Sandboxes(parameters.sandbox, parameters.docker_config, context);
    this.#style = styles[parameters.style];
  }

  override async getIndices(): Promise<readonly SampleIndex[]> {
    await this.#sandboxes.getReady();
    return [...(await this.#readProblems()).keys()];
  }

  override async startSample(index: SampleIndex, session: Session): Promise<Outcome> {
    const problem = await this.#findProblem(index);
    try {
      const sandbox = await this.#sandboxes.create(problem.image, session.signal);
      try {
        return await this.#play(problem, sandbox, session);
      } finally {
        await this.#destroy(sandbox);
      }
    } catch (error) {
      if (session.signal.aborted) return cancelled;
      throw error;
    }
  }

  override calculateOverall(results: readonly TaskOutput[]): Json {
    return scoreOutcomes(results);
  }

  override async oracle(index: SampleIndex, history: readonly Message[]): Promise<AgentOutput> {
    return playExample(await this.#findProblem(index), history, this.#style);
  }

  override release(): Promise<void> {
    return this.#sandboxes.release();
  }

  async #play(problem: Problem, sandbox: Sandbox, session: Session): Promise<Outcome> {
    const limits = { timeLimitMs: this.#parameters.command_time_limit * 1000, signal: session.signal };
    // Opened first, as in AgentBench: what the init scripts change, the agent's shell has not read yet.
    const shell = await sandbox.shell();
    await setUp(problem, { sandbox, shell }, limits);
    return await this.#playAndJudge(problem, { sandbox, shell, session }).catch(concludeFromWreck);
  }

  async #playAndJudge(problem: Problem, { sandbox, shell, session }: Place): Promise<Outcome> {
    const { round_limit: roundLimit, command_time_limit } = this.#parameters;
    const commandLimitMs = command_time_limit * 1000;
    const style = this.#style;
    const ending = await converse(problem.description, { session, shell, style, roundLimit, commandLimitMs });
    if (ending.kind === 'failed') return describeFailure(ending);
    const { answer } = ending;
    const limits = { timeLimitMs: commandLimitMs, signal: session.signal };
    const result = await judge({ evaluation: problem.evaluation, answer }, sandbox, limits);
    return { status: 'completed', result: { result } };
  }

  /** A verdict that was reached stands, whatever becomes of the sandbox; the driver's next start removes what is left. */
  async #destroy(sandbox: Sandbox): Promise<void> {
    try {
      await sandbox.destroy();
    } catch (error) {
      this.#context.log.warn('a sandbox could not be removed', {
        sandbox: sandbox.id,
        error: coerceError(error).message,
      });
    }
  }

  async #findProblem(index: SampleIndex): Promise<Problem> {
    const problem = (await this.#readProblems()).get(String(index));
    if (!problem) throw new Error(`There is no sample ${index}`);
    return problem;
  }

  #readProblems(): Promise<ReadonlyMap<string, Problem>> {
    const { data_config, missing_scripts: missingScripts } = this.#parameters;
    const { folder, log } = this.#context;
    const leaveOut = [...data_config.bk, ...data_config.ignore];
    return (this.#problems ??= readDataset(data_config.files, { folder, leaveOut, missingScripts, log }));
  }
}

interface Place {
  readonly sandbox: Sandbox;
  readonly shell: Shell;
  readonly session: Session;
}

/** The sandbox worked before the agent came: whatever it did to it, the problem is not solved. */
function concludeFromWreck(error: unknown): Outcome {
  const isAgentsDoing =
    ProctorError.is(error) && (error.code === 'sandbox-overfull' || error.code === 'sandbox-wrecked');
  if (!isAgentsDoing) throw error;
  return { status: 'completed', result: { result: false, reason: error.message } };
}

const cancelled: Outcome = { status: 'unknown', result: { result: false, reason: 'cancelled' } };

function describeFailure({ status, reason }: Extract<Ending, { kind: 'failed' }>): Outcome {
  return { status, result: { result: false, ...(reason === undefined ? {} : { reason }) } };
}
