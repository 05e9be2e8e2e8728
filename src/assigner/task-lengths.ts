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

/** Reads, one after the other, the factors that are known and those that become known; of one sample the later counts. */
export interface FactorReader {
  next(): KnownSample | undefined;
  /** To be called when nothing more will be read: what every reader has read is kept no longer. */
  close(): void;
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

/** So many changes are kept at least before it is worth while to drop some. */
const fewChanges = 1024;

/** After so many samples an agent's mean is taken to be steady. */
const steadyAfter = 1024;

/**
 * How long the samples of one task took, by sample and by agent. A sample's factor is the time that it took, divided by the time that
 * those who played it take on the average.
 */
export class TaskLengths {
  readonly #agents = new Map<string, SeenAgent>();
  readonly #samples = new Map<SampleIndex, SeenSample>();
  /** As they became known, those that some reader has not read yet. */
  readonly #changes: KnownSample[] = [];
  /** How many have been dropped in front of them. */
  #dropped = 0;
  /** How many each has read. */
  readonly #readers = new Set<{ read: number }>();

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

  follow(): FactorReader {
    const known = [...this.#samples.values()].map(({ index, factor }) => ({ index, factor }));
    const place = { read: this.#dropped + this.#changes.length };
    this.#readers.add(place);
    return {
      next: () => known.pop() ?? this.#changes[place.read++ - this.#dropped] ?? this.#stay(place),
      close: () => void this.#readers.delete(place),
    };
  }

  /** Undefined for a sample that nobody has played. */
  factorOf(index: SampleIndex): number | undefined {
    return this.#samples.get(index)?.factor;
  }

  #compare(sample: SeenSample): void {
    sample.factor = compareWithMeans(sample);
    this.#changes.push({ index: sample.index, factor: sample.factor });
    if (this.#changes.length > fewChanges) this.#drop();
  }

  /** Nothing was there to be read. */
  #stay(place: { read: number }): undefined {
    place.read--;
  }

  #drop(): void {
    const end = this.#dropped + this.#changes.length;
    const readByAll = Math.min(end, ...[...this.#readers].map(({ read }) => read)) - this.#dropped;
    if (2 * readByAll < this.#changes.length) return;
    this.#changes.splice(0, readByAll);
    this.#dropped += readByAll;
  }
}

function compareWithMeans({ seconds, agents }: SeenSample): number {
  const usual = agents.reduce((sum, agent) => sum + agent.seconds / agent.count, 0);
  return usual > 0 ? seconds / usual : 1;
}
