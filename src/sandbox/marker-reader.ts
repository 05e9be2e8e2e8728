import { randomBytes } from 'node:crypto';

/** Plain bytes, or the fields of a mark that a program of ours printed between them. */
export type Read = { readonly text: Uint8Array } | { readonly mark: readonly string[] };

const separator = 0x1e;
/** No mark of ours is longer; what looks like the beginning of a longer one is text. */
const longestMark = 128;

export function newSecret(): string {
  return randomBytes(12).toString('hex');
}

/**
 * Finds marks in a stream of bytes, however it is cut into chunks. A mark carries a secret of its reader: what a program prints by
 * chance is never taken for one.
 */
export class MarkerReader {
  readonly #prefix: Buffer;
  #rest: Buffer = Buffer.alloc(0);

  constructor(secret: string) {
    this.#prefix = Buffer.from(`\x1e${secret};`);
  }

  *push(chunk: Uint8Array): Generator<Read> {
    let bytes = this.#rest.length === 0 ? asBuffer(chunk) : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const begin = bytes.indexOf(this.#prefix);
      if (begin < 0) break;
      const fieldsBegin = begin + this.#prefix.length;
      const end = bytes.indexOf(separator, fieldsBegin);
      if (end < 0 && bytes.length - begin <= longestMark) {
        yield* textOf(bytes.subarray(0, begin));
        this.#rest = Buffer.from(bytes.subarray(begin));
        return;
      }
      if (end < 0 || end - begin > longestMark) {
        yield* textOf(bytes.subarray(0, fieldsBegin));
        bytes = bytes.subarray(fieldsBegin);
        continue;
      }
      yield* textOf(bytes.subarray(0, begin));
      yield { mark: bytes.toString('latin1', fieldsBegin, end).split(';') };
      bytes = bytes.subarray(end + 1);
    }
    const held = this.#beginOfMark(bytes);
    this.#rest = Buffer.from(bytes.subarray(bytes.length - held));
    yield* textOf(bytes.subarray(0, bytes.length - held));
  }

  /** What was held back in case that a mark begins there; to be asked when nothing more can come. */
  *end(): Generator<Read> {
    yield* textOf(this.#rest);
    this.#rest = Buffer.alloc(0);
  }

  /** How many of the last bytes may be the beginning of a mark. */
  #beginOfMark(bytes: Buffer): number {
    const longest = Math.min(bytes.length, this.#prefix.length - 1);
    for (let begin = bytes.length - longest; ; begin++) {
      begin = bytes.indexOf(separator, begin);
      if (begin < 0) return 0;
      const tail = bytes.subarray(begin);
      if (tail.equals(this.#prefix.subarray(0, tail.length))) return tail.length;
    }
  }
}

function* textOf(bytes: Buffer): Generator<Read> {
  if (bytes.length > 0) yield { text: bytes };
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
