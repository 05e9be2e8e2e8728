import type { SampleIndex } from '../protocol/index.ts';

/** A sample that somebody has played, and how much longer than usual it takes. */
export interface KnownSample {
  readonly index: SampleIndex;
  /** Above 0; 1 is as long as the samples of this task usually are. */
  readonly factor: number;
}

export interface PlayedSample {
  readonly agent: string;
  readonly index: SampleIndex;
  readonly seconds: number;
}

/** What an agent took on the task in all, and for how many samples. */
interface SeenAgent {
  seconds: number;
  count: number;
  /** The first that it played, which were compared with the mean of few. */
  readonly early: SeenSample[];
}

interface SeenSample {
  readonly index: SampleIndex;
  seconds: number;
  readonly agents: SeenAgent[];
  factor: number;
}

/** After so many samples an agent's mean is taken to be steady. */
const steadyAfter = 1024;

/**
 * How long the samples of one task took, by sample and by agent. A sample's factor is the time that it took, divided by the time that
 * those who played it take on the average.
 */
export class TaskLengths {
  readonly #agents = new Map<string, SeenAgent>();
  readonly #samples = new Map<SampleIndex, SeenSample>();
  readonly #changes: KnownSample[] = [];

  note({ agent, index, seconds }: PlayedSample): void {
    const own = this.#agents.get(agent) ?? { seconds: 0, count: 0, early: [] };
    this.#agents.set(agent, own);
    own.seconds += seconds;
    own.count++;
    const sample = this.#samples.get(index) ?? { index, seconds: 0, agents: [], factor: 1 };
    this.#samples.set(index, sample);
    sample.seconds += seconds;
    sample.agents.push(own);
    if (own.count <= steadyAfter) own.early.push(sample);
    // Each time that it knows twice as many, the agent's mean has changed a lot.
    const isDoubled = own.count <= steadyAfter && Number.isInteger(Math.log2(own.count));
    for (const changed of isDoubled ? own.early : [sample]) this.#compare(changed);
  }

  /** Each factor as it became known, in that order, the later one of a sample instead of the earlier. It grows while samples are noted. */
  get changes(): readonly KnownSample[] {
    return this.#changes;
  }

  /** Undefined for a sample that nobody has played. */
  factorOf(index: SampleIndex): number | undefined {
    return this.#samples.get(index)?.factor;
  }

  #compare(sample: SeenSample): void {
    sample.factor = compareWithMeans(sample);
    this.#changes.push({ index: sample.index, factor: sample.factor });
  }
}

function compareWithMeans({ seconds, agents }: SeenSample): number {
  const usual = agents.reduce((sum, agent) => sum + agent.seconds / agent.count, 0);
  return usual > 0 ? seconds / usual : 1;
}
