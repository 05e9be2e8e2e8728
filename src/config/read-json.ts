import type { ConfigNode, Place } from './config-node.ts';
import { syntaxError } from './syntax-error.ts';

/**
 * Reads JSON as Python does (`NaN` and the infinities are numbers, of a repeated key the last wins), keeping places.
 * Throws `config-syntax` with file, line and column.
 */
export function readJson(text: string, file: string): ConfigNode {
  return new JsonReader(text, file).readDocument();
}

const token =
  /[ \t\r\n]*(?:([{}[\]:,])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.]))|(true|false|null|NaN|-?Infinity)(?!\w))/y;

const words: ReadonlyMap<string, null | boolean | number> = new Map<string, null | boolean | number>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

interface Token {
  readonly kind: 'sign' | 'string' | 'number' | 'word';
  readonly text: string;
  readonly offset: number;
}

class JsonReader {
  readonly #text: string;
  readonly #file: string;
  readonly #lineStarts: readonly number[];
  #offset = 0;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
    this.#lineStarts = [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)];
  }

  readDocument(): ConfigNode {
    const node = this.#readValue(this.#next('a value'));
    const rest = this.#text.slice(this.#offset).search(/[^ \t\r\n]/);
    if (rest >= 0) throw this.#fault(this.#offset + rest, 'the end of the file');
    return node;
  }

  #readValue(first: Token): ConfigNode {
    const place = this.#placeAt(first.offset);
    if (first.text === '{' && first.kind === 'sign') return this.#readMapping(place);
    if (first.text === '[' && first.kind === 'sign') return this.#readList(place);
    if (first.kind === 'string') return { kind: 'scalar', place, value: JSON.parse(first.text) as string };
    if (first.kind === 'number') return { kind: 'scalar', place, value: this.#readNumber(first) };
    const value = words.get(first.text);
    if (value === undefined) throw this.#fault(first.offset, 'a value');
    return { kind: 'scalar', place, value };
  }

  #readMapping(place: Place): ConfigNode {
    const entries = new Map<string, ConfigNode>();
    let key = this.#next('a key in double quotes, or }');
    if (key.text === '}') return { kind: 'mapping', place, entries };
    for (;;) {
      if (key.kind !== 'string') throw this.#fault(key.offset, 'a key in double quotes');
      this.#expect([':']);
      entries.set(JSON.parse(key.text) as string, this.#readValue(this.#next('a value')));
      if (this.#expect([',', '}']) === '}') return { kind: 'mapping', place, entries };
      key = this.#next('a key in double quotes');
    }
  }

  #readList(place: Place): ConfigNode {
    const items: ConfigNode[] = [];
    let first = this.#next('a value, or ]');
    if (first.text === ']') return { kind: 'list', place, items };
    for (;;) {
      items.push(this.#readValue(first));
      if (this.#expect([',', ']']) === ']') return { kind: 'list', place, items };
      first = this.#next('a value');
    }
  }

  #readNumber({ text, offset }: Token): number {
    const value = Number(text);
    if (/^-?\d+$/.test(text) && !Number.isSafeInteger(value)) {
      const reason = `the integer ${text} is too large to be held exactly; put it in quotes to have a string`;
      throw syntaxError(this.#placeAt(offset), reason, 'JSON');
    }
    return value;
  }

  #expect(signs: readonly string[]): string {
    const found = this.#next(signs.join(' or '));
    if (found.kind === 'sign' && signs.includes(found.text)) return found.text;
    throw this.#fault(found.offset, signs.join(' or '));
  }

  #next(expected: string): Token {
    token.lastIndex = this.#offset;
    const match = token.exec(this.#text);
    if (!match) {
      const blanks = this.#text.slice(this.#offset).search(/[^ \t\r\n]/);
      throw this.#fault(blanks < 0 ? this.#text.length : this.#offset + blanks, expected);
    }
    const [whole, sign, string, number, word] = match;
    const text = sign ?? string ?? number ?? word ?? '';
    const kind = sign ? 'sign' : string ? 'string' : number ? 'number' : 'word';
    this.#offset += whole.length;
    return { kind, text, offset: this.#offset - text.length };
  }

  #placeAt(offset: number): Place {
    const line = this.#lineStarts.findLastIndex((start) => start <= offset);
    return { file: this.#file, line: line + 1, column: offset - (this.#lineStarts[line] ?? 0) + 1 };
  }

  #fault(offset: number, expected: string): Error {
    const found = offset >= this.#text.length ? 'the file ends' : `"${this.#text[offset]}" stands`;
    return syntaxError(this.#placeAt(offset), `${found} where ${expected} was expected`, 'JSON');
  }
}
