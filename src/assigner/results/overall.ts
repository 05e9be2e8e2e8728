import { isJsonObject, parseJson, stringifyPythonJson, type Json } from '../../base/index.ts';
import { sampleStatuses, type SampleStatus, type WireTaskOutput } from '../../protocol/index.ts';
import type { FileSystem } from './file-system.ts';
import { writeFileAtomically } from './write-atomically.ts';

/** The content of `overall.json`. */
export interface Overall {
  readonly total: number;
  /** Each status's share of `total`, then the average, largest and smallest number of messages. */
  readonly validation: Readonly<Record<string, number>>;
  /** What the task made of all outputs. */
  readonly custom: Json;
}

export function makeOverall(outputs: readonly WireTaskOutput[], custom: Json): Overall {
  const total = outputs.length;
  const share = (status: SampleStatus) =>
    total === 0 ? 0 : outputs.filter((output) => output.status === status).length / total;
  const lengths = outputs.map((output) => output.history?.length ?? 0);
  const validation = {
    ...Object.fromEntries(sampleStatuses.map((status) => [status, share(status)])),
    average_history_length: total === 0 ? 0 : lengths.reduce((sum, length) => sum + length, 0) / total,
    max_history_length: lengths.reduce((most, length) => Math.max(most, length), 0),
    min_history_length: lengths.reduce((least, length) => Math.min(least, length), lengths[0] ?? 0),
  };
  return { total, validation, custom };
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
  const validation = isJsonObject(value['validation']) ? value['validation'] : {};
  const numbers = Object.entries(validation).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  return { total: value['total'], validation: Object.fromEntries(numbers), custom: value['custom'] ?? null };
}

/** How many of each status an overall result stands for. */
export function countStatuses(overall: Overall): Map<SampleStatus, number> {
  const counts = sampleStatuses.map(
    (status) => [status, Math.round((overall.validation[status] ?? 0) * overall.total)] as const,
  );
  return new Map(counts.filter(([, count]) => count > 0));
}
