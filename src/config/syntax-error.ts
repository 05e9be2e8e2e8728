import { ProctorError } from '../base/index.ts';
import { formatPlace, type Place } from './config-node.ts';

/** The error for a file that is not well-formed, at the place where reading it stopped. */
export function syntaxError(place: Place, reason: string, format: 'YAML' | 'JSON'): ProctorError {
  return new ProctorError(
    'config-syntax',
    { file: place.file, reason, format },
    { where: formatPlace(place) },
  );
}
