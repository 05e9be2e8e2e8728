import { coerceError, ProctorError } from '../../base/index.ts';

/** The error behind a failed write, in words; one that is in words already stays. */
export function describeWriteError(file: string, thrown: unknown): ProctorError {
  if (ProctorError.is(thrown)) return thrown;
  const code = (thrown as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new ProctorError('disk-full', { file }, { cause: thrown });
  return new ProctorError(
    'results-unwritable',
    { file, reason: coerceError(thrown).message },
    { cause: thrown },
  );
}
