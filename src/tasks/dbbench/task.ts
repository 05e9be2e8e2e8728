import type { Json } from '../../base/index.ts';
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
import type { Database, DatabaseEngine } from './engines/engine.ts';
import { createEngine } from './engines/index.ts';
import { hashTables } from './hash-tables.ts';
import { playLabel } from './oracle.ts';
import { dbBenchParameters, type DbBenchParameters } from './parameters.ts';
import { isChange, type DbBenchSample } from './sample-schema.ts';
import { scoreOutcomes } from './score.ts';

/** Questions about a database, and changes to it: AgentBench's DBBench. */
export class DbBenchTask extends Task {
  static readonly parameters = dbBenchParameters;
  readonly #parameters: DbBenchParameters;
  readonly #context: TaskContext;
  #samples: Promise<readonly DbBenchSample[]> | undefined;
  #engine: Promise<DatabaseEngine> | undefined;

  constructor(parameters: DbBenchParameters, context: TaskContext) {
    super();
    this.#parameters = parameters;
    this.#context = context;
  }

  override async getIndices(): Promise<readonly SampleIndex[]> {
    return [...(await this.#readSamples()).keys()];
  }

  override async startSample(index: SampleIndex, session: Session): Promise<Outcome> {
    const sample = await this.#findSample(index);
    try {
      const database = await (await this.#startEngine()).openDatabase(sample.tables, session.signal);
      try {
        return await this.#play(sample, database, session);
      } finally {
        await database.close();
      }
    } catch (error) {
      if (session.signal.aborted) return describe(sample, { status: 'unknown', answer: '' });
      throw error;
    }
  }

  override async calculateOverall(results: readonly TaskOutput[]): Promise<Json> {
    return scoreOutcomes(results, await this.#readSamples());
  }

  override async oracle(index: SampleIndex, history: readonly Message[]): Promise<AgentOutput> {
    return playLabel(await this.#findSample(index), history);
  }

  override async release(): Promise<void> {
    const engine = await this.#engine?.catch(() => undefined);
    await engine?.release();
  }

  /** Whatever the agent says in the end, a change is judged by what its table has come to. */
  async #play(sample: DbBenchSample, database: Database, session: Session): Promise<Outcome> {
    const ending = await converse(sample, { session, database, maxRound: this.#parameters.max_round });
    if (ending.status === 'unknown' || !isChange(sample.kind)) return describe(sample, ending);
    return describe(sample, { ...ending, answer: await hashTables(database, sample.tables) });
  }

  async #findSample(index: SampleIndex): Promise<DbBenchSample> {
    const sample = (await this.#readSamples())[Number(index)];
    if (!sample) throw new Error(`There is no sample ${index}`);
    return sample;
  }

  #readSamples(): Promise<readonly DbBenchSample[]> {
    return (this.#samples ??= readDataset(this.#parameters.data_file, this.#context.folder));
  }

  /** A server that does not answer now may do so for the next sample. */
  #startEngine(): Promise<DatabaseEngine> {
    if (this.#engine) return this.#engine;
    const engine = createEngine({ ...this.#parameters.database, clock: this.#context.clock });
    this.#engine = engine;
    engine.catch(() => (this.#engine = undefined));
    return engine;
  }
}

/** `error` is empty unless the sample was cancelled. */
function describe({ kind }: DbBenchSample, { status, answer }: Ending): Outcome {
  const error = status === 'unknown' ? 'the sample was cancelled' : '';
  return { status, result: { answer, type: kind, error } };
}
