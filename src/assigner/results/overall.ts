import { isJsonObject, parseJson, stringifyPythonJson, type Json } from '../../base/index.ts';
import { causes, sampleStatuses, type Cause, type SampleStatus } from '../../protocol/index.ts';
import type { FileSystem } from './file-system.ts';
import { writeFileAtomically } from './write-atomically.ts';

const metricSources = ['scored by the task', 'share of all', 'not known'] as const;

/**
 * A main figure over the scored samples, and over all with the unscored as failures: by the task itself, or else as the share of the
 * scored among all, which holds for means of figures from 0 to 1; null where neither can be had.
 */
export interface OverallMetric {
  readonly scored: number;
  readonly all: number | null;
  readonly how: (typeof metricSources)[number];
}

/** Samples without an outcome of the agent's own, by whose doing that is; causes without any are left out. */
export type UnscoredCounts = Readonly<Partial<Record<Cause, number>>>;

/** The reference's part of `overall.json`: over the scored samples. */
export interface ScoredOverall {
  readonly total: number;
  /** Each status's share of `total`, then the average, largest and smallest number of messages. */
  readonly validation: Readonly<Record<string, number>>;
  /** What the task made of all scored outputs; null when there are none. */
  readonly custom: Json;
}

/** The content of `overall.json`; what is not there in one that the reference wrote is empty here. */
export interface Overall extends ScoredOverall {
  /** Samples that ended or failed. */
  readonly attempted: number;
  readonly scored: number;
  readonly unscored: UnscoredCounts;
  readonly metrics: Readonly<Record<string, OverallMetric>>;
}

export function countUnscored(unscored: UnscoredCounts): number {
  return Object.values(unscored).reduce((sum, count) => sum + count, 0);
}

/** What `overall.json` says of scored runs, counted one by one so that none is kept. */
export class RunTally {
  readonly #statuses = new Map<SampleStatus, number>();
  #total = 0;
  #messages = 0;
  #most = 0;
  #least = Infinity;

  add({ status, messages }: { readonly status: SampleStatus; readonly messages: number }): void {
    this.#total++;
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    this.#messages += messages;
    this.#most = Math.max(this.#most, messages);
    this.#least = Math.min(this.#least, messages);
  }

  summarize(custom: Json): ScoredOverall {
    const total = this.#total;
    const of = (sum: number) => (total === 0 ? 0 : sum / total);
    const validation = {
      ...Object.fromEntries(sampleStatuses.map((status) => [status, of(this.#statuses.get(status) ?? 0)])),
      average_history_length: of(this.#messages),
      max_history_length: this.#most,
      min_history_length: total === 0 ? 0 : this.#least,
    };
    return { total, validation, custom };
  }
}

export async function writeOverall(fileSystem: FileSystem, file: string, overall: Overall): Promise<void> {
  const text = stringifyPythonJson(overall as unknown as Json, { indent: 4, ascii: false });
  await writeFileAtomically(fileSystem, file, text);
}

/** The overall result of a pair that is complete; undefined when there is none, or none that can be read. */
export async function readOverall(fileSystem: FileSystem, file: string): Promise<Overall | undefined> {
  try {
    return parseOverall(await fileSystem.readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseOverall(text: string): Overall | undefined {
  let value: Json;
  try {
    value = parseJson(text);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value) || typeof value['total'] !== 'number') return undefined;
  const { total, attempted, scored, custom = null } = value;
  return {
    total,
    validation: readNumbers(value['validation']),
    custom,
    attempted: typeof attempted === 'number' ? attempted : total,
    scored: typeof scored === 'number' ? scored : total,
    unscored: readUnscored(value['unscored']),
    metrics: readMetrics(value['metrics']),
  };
}

function readUnscored(value: Json | undefined): UnscoredCounts {
  const counts = readNumbers(value);
  return Object.fromEntries(
    causes.flatMap((cause) => (counts[cause] ? [[cause, counts[cause]] as const] : [])),
  );
}

function readMetrics(value: Json | undefined): Readonly<Record<string, OverallMetric>> {
  if (!isJsonObject(value)) return {};
  const metrics = Object.entries(value).flatMap(([name, metric]) => {
    if (!isJsonObject(metric) || typeof metric['scored'] !== 'number') return [];
    const { scored, all, how } = metric;
    const known = metricSources.find((source) => source === how) ?? 'not known';
    return [[name, { scored, all: typeof all === 'number' ? all : null, how: known }] as const];
  });
  return Object.fromEntries(metrics);
}

function readNumbers(value: Json | undefined): Readonly<Record<string, number>> {
  const entries = isJsonObject(value) ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}

/** How many of each status an overall result stands for. */
export function countStatuses(overall: Overall): Map<SampleStatus, number> {
  const counts = sampleStatuses.map(
    (status) => [status, Math.round((overall.validation[status] ?? 0) * overall.total)] as const,
  );
  return new Map(counts.filter(([, count]) => count > 0));
}
