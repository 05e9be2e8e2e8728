import { stringifyPythonJson } from '../../base/index.ts';
import { StreamedBody, type SampleIndex, type WireTaskOutput } from '../../protocol/index.ts';
import type { FileSystem } from './file-system.ts';
import type { StoredOutput } from './run-line.ts';
import { readOutputs } from './stored-outputs.ts';

const chunkBytes = 256 * 1024;
const separator = Buffer.from(', ');
const nothing = Buffer.alloc(0);
const tail = Buffer.from(']}');

export interface OutputsToScore {
  readonly fileSystem: FileSystem;
  /** Where the outputs are. */
  readonly file: string;
  readonly outputs: readonly StoredOutput[];
  /** The task's name at its controller. */
  readonly name: string;
  /** Samples without an outcome, which follow in the form of failures. */
  readonly missing: readonly SampleIndex[];
}

/** The body of a `calculate_overall`: what it scores goes from the file to the request without being held or parsed. */
export function makeScoringRequest(scoring: OutputsToScore): StreamedBody {
  const { outputs, missing } = scoring;
  let length = formatHead(scoring).length + tail.length;
  for (const output of outputs) length += output.length;
  for (const index of missing) length += formatMissing(index).length;
  length += Math.max(0, outputs.length + missing.length - 1) * separator.length;
  return new StreamedBody(length, () => joinChunks(listPieces(scoring)));
}

async function* listPieces(scoring: OutputsToScore): AsyncGenerator<Uint8Array> {
  const { fileSystem, file, outputs, missing } = scoring;
  yield formatHead(scoring);
  let before = nothing;
  for await (const output of readOutputs(fileSystem, file, outputs)) {
    yield before;
    yield output;
    before = separator;
  }
  for (const index of missing) {
    yield before;
    yield formatMissing(index);
    before = separator;
  }
  yield tail;
}

function formatHead({ name }: OutputsToScore): Buffer {
  return Buffer.from(`{"name": ${stringifyPythonJson(name)}, "results": [`);
}

/** An unscored sample, in the form in which a sample ends at its own limit: tasks take that for a failure. */
function formatMissing(index: SampleIndex): Buffer {
  const output: WireTaskOutput = { index, status: 'task limit reached', result: null, history: [] };
  return Buffer.from(stringifyPythonJson({ ...output, history: [] }));
}

/** Copies the pieces into chunks, which whoever takes them may keep. */
async function* joinChunks(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let chunk = Buffer.allocUnsafeSlow(chunkBytes);
  let filled = 0;
  for await (const piece of pieces) {
    for (let taken = 0; taken < piece.length;) {
      const part = piece.subarray(taken, taken + chunk.length - filled);
      chunk.set(part, filled);
      filled += part.length;
      taken += part.length;
      if (filled < chunk.length) continue;
      yield chunk;
      chunk = Buffer.allocUnsafeSlow(chunkBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}
