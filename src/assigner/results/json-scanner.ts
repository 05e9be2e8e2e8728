/** Deeper than this a text is left to the parser. */
const deepest = 500;

const byte = (character: string) => character.charCodeAt(0);
const quote = byte('"');
const backslash = byte('\\');
const comma = byte(',');
const minus = byte('-');

/** Bytes that end the plain run within a string: its quote, an escape, and the control characters, which no string may have. */
const endsPlainText = Uint8Array.from({ length: 256 }, (_none, code) =>
  code === quote || code === backslash || code < 0x20 ? 1 : 0,
);
const escapes = new Set(Array.from('"\\/bfnrt', byte));
const isEscaped = Uint8Array.from({ length: 256 }, (_none, code) => (escapes.has(code) ? 1 : 0));
const words = ['true', 'false', 'null', 'NaN', 'Infinity', '-Infinity'].map((word) => Buffer.from(word));

/**
 * Goes through JSON as bytes and checks it by the parser's own rules (Python's words for numbers that are none included), without
 * building anything. Every step says whether what it passed was right; after a false nothing more can be asked.
 */
export class JsonScanner {
  readonly #bytes: Uint8Array;
  #position = 0;
  #depth = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Where the next byte is read. */
  get position(): number {
    return this.#position;
  }

  /** The byte that comes after the blanks here, as a character; empty at the end. */
  peek(): string {
    this.#skipBlanks();
    const next = this.#bytes[this.#position];
    return next === undefined ? '' : String.fromCharCode(next);
  }

  /** Nothing but blanks is left. */
  skipEnd(): boolean {
    this.#skipBlanks();
    return this.#position === this.#bytes.length;
  }

  skipValue(): boolean {
    this.#skipBlanks();
    const first = this.#bytes[this.#position];
    if (first === quote) return this.#skipString();
    if (first === 0x7b) return this.skipObject(() => this.skipValue());
    if (first === 0x5b) return this.skipList(() => this.skipValue());
    return this.#skipNumber() || this.#skipWord();
  }

  /** An object whose values are passed by `skipMember`, which is told where their keys' texts begin and end. */
  skipObject(skipMember: (keyStart: number, keyEnd: number) => boolean): boolean {
    return this.#skipEntries(0x7b, 0x7d, () => {
      this.#skipBlanks();
      const keyStart = this.#position + 1;
      if (!this.#skipString()) return false;
      const keyEnd = this.#position - 1;
      this.#skipBlanks();
      return this.#bytes[this.#position++] === 0x3a && skipMember(keyStart, keyEnd);
    });
  }

  /** A list whose entries are passed by `skipEntry`. */
  skipList(skipEntry: () => boolean): boolean {
    return this.#skipEntries(0x5b, 0x5d, skipEntry);
  }

  #skipEntries(open: number, close: number, skipEntry: () => boolean): boolean {
    this.#skipBlanks();
    if (this.#bytes[this.#position++] !== open || ++this.#depth > deepest) return false;
    this.#skipBlanks();
    if (this.#bytes[this.#position] === close) this.#position++;
    else
      for (let isLast = false; !isLast;) {
        if (!skipEntry()) return false;
        this.#skipBlanks();
        const next = this.#bytes[this.#position++];
        isLast = next === close;
        if (!isLast && next !== comma) return false;
      }
    this.#depth--;
    return true;
  }

  #skipBlanks(): void {
    for (;;) {
      const next = this.#bytes[this.#position];
      if (next !== 0x20 && next !== 0x0a && next !== 0x0d && next !== 0x09) return;
      this.#position++;
    }
  }

  #skipString(): boolean {
    const bytes = this.#bytes;
    const { length } = bytes;
    let position = this.#position;
    if (bytes[position++] !== quote) return false;
    for (;;) {
      while (position < length && endsPlainText[bytes[position] ?? 0] === 0) position++;
      const end = bytes[position++];
      if (end === quote) {
        this.#position = position;
        return true;
      }
      if (end !== backslash) return false;
      const escaped = bytes[position++] ?? 0;
      if (escaped === 0x75) {
        if (!isHex(bytes, position)) return false;
        position += 4;
      } else if (isEscaped[escaped] === 0) return false;
    }
  }

  #skipNumber(): boolean {
    const start = this.#position;
    if (this.#bytes[this.#position] === minus) this.#position++;
    if (this.#bytes[this.#position] === 0x30) this.#position++;
    else if (!this.#skipDigits()) return this.#goBack(start);
    if (this.#bytes[this.#position] === 0x2e) {
      this.#position++;
      if (!this.#skipDigits()) return this.#goBack(start);
    }
    if (((this.#bytes[this.#position] ?? 0) | 0x20) !== 0x65) return true;
    const sign = this.#bytes[++this.#position];
    if (sign === 0x2b || sign === minus) this.#position++;
    return this.#skipDigits() || this.#goBack(start);
  }

  #skipDigits(): boolean {
    const start = this.#position;
    while (isDigit(this.#bytes[this.#position])) this.#position++;
    return this.#position > start;
  }

  #skipWord(): boolean {
    const isHere = (word: Uint8Array) =>
      word.every((code, position) => this.#bytes[this.#position + position] === code);
    const word = words.find(isHere);
    this.#position += word?.length ?? 0;
    return word !== undefined;
  }

  #goBack(position: number): false {
    this.#position = position;
    return false;
  }
}

function isDigit(code: number | undefined): boolean {
  return code !== undefined && code >= 0x30 && code <= 0x39;
}

function isHex(bytes: Uint8Array, start: number): boolean {
  for (let position = start; position < start + 4; position++) {
    const code = bytes[position];
    const letter = (code ?? 0) | 0x20;
    if (!isDigit(code) && !(letter >= 0x61 && letter <= 0x66)) return false;
  }
  return true;
}
