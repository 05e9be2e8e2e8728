import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of real samples and configurations, beside the project; `undefined` in a clone that has none. */
export const sharedData: string | undefined = locateSharedData();

/** Why a test that needs the real data is skipped. */
export const sharedDataMissing = 'the folder ../shared with the real samples is not there';

function locateSharedData(): string | undefined {
  const folder = fileURLToPath(new URL('../../../shared/data', import.meta.url));
  return existsSync(folder) ? folder : undefined;
}
