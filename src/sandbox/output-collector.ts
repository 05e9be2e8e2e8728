import type { Captured } from './contract.ts';

/** Keeps the beginning of what a process prints, and counts the rest. */
export class OutputCollector {
  readonly #limit: number;
  /** Grows by doubling: many small pieces would take far more memory than they have bytes. */
  #kept = Buffer.alloc(0);
  #keptBytes = 0;
  #totalBytes = 0;

  /** @param limit Most bytes that are kept. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  add(bytes: Uint8Array): void {
    this.#totalBytes += bytes.length;
    const room = this.#limit - this.#keptBytes;
    if (room <= 0) return;
    const taken = bytes.subarray(0, room);
    this.#makeRoom(this.#keptBytes + taken.length);
    this.#kept.set(taken, this.#keptBytes);
    this.#keptBytes += taken.length;
  }

  get bytes(): Buffer {
    return Buffer.from(this.#kept.subarray(0, this.#keptBytes));
  }

  captured(): Captured {
    const truncated = this.#totalBytes > this.#keptBytes;
    const bytes = truncated ? withoutHalfCharacter(this.bytes) : this.bytes;
    return { text: bytes.toString('utf8'), totalBytes: this.#totalBytes, truncated };
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#kept.length) return;
    const grown = Buffer.alloc(Math.min(this.#limit, Math.max(bytes, 2 * this.#kept.length, 1024)));
    grown.set(this.#kept);
    this.#kept = grown;
  }
}

/** Drops the last character of UTF-8 when the cut went through it; bytes that are no UTF-8 stay. */
function withoutHalfCharacter(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if ((byte & 0xc0) === 0x80) continue;
    return lengthOfCharacter(byte) > back ? bytes.subarray(0, -back) : bytes;
  }
  return bytes;
}

function lengthOfCharacter(first: number): number {
  if (first >= 0xf0 && first < 0xf8) return 4;
  if (first >= 0xe0 && first < 0xf0) return 3;
  return first >= 0xc2 && first < 0xe0 ? 2 : 1;
}
