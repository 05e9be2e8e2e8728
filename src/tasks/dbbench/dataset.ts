import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { datasetInvalid, readEntries } from '../../sdk/index.ts';
import { readSample, type DbBenchSample } from './sample-schema.ts';

/** The project's own samples lie beside `src` and `dist` alike. */
const ownSamples = fileURLToPath(new URL('../../../data/dbbench/samples.jsonl', import.meta.url));

/**
 * Reads the samples of a file, without one the project's own. Throws `file-missing`, `file-unreadable` or `dataset-invalid`.
 */
export async function readDataset(
  file: string | undefined,
  folder: string,
): Promise<readonly DbBenchSample[]> {
  const location = file === undefined ? ownSamples : path.resolve(folder, file);
  return (await readEntries(location)).map(({ entry, where }) => {
    const sample = readSample(entry);
    if ('problem' in sample) throw datasetInvalid(where, sample.problem);
    return sample;
  });
}
