import { literalTokens, type LiteralToken } from './literal-tokens.ts';

/** A Python value as far as literals go; `tuple` and `set` are told apart from lists because sets compare by them. */
export type PythonValue =
  | null
  | boolean
  | number
  | string
  | { readonly kind: 'list' | 'tuple' | 'set'; readonly items: readonly PythonValue[] }
  | { readonly kind: 'dict'; readonly keys: readonly PythonValue[]; readonly values: readonly PythonValue[] };

const words: ReadonlyMap<string, PythonValue> = new Map<string, PythonValue>([
  ['None', null],
  ['True', true],
  ['False', false],
  ['null', null],
  ['true', true],
  ['false', false],
]);

const deepestNesting = 200;

/**
 * Reads one Python or JSON literal: strings with their escapes, numbers, `None`, `True`, `False` and their JSON spellings,
 * lists, tuples (without parentheses too), sets and dicts, trailing commas included. Nothing is ever evaluated.
 * Throws a `SyntaxError` for anything else.
 */
export function parsePythonLiteral(text: string): PythonValue {
  const reader = new Reader(literalTokens(text));
  const first = reader.readValue(0);
  if (reader.atEnd) return first;
  const items = [first];
  while (reader.take(',')) {
    if (reader.atEnd) break;
    items.push(reader.readValue(0));
  }
  if (!reader.atEnd) throw new SyntaxError('more follows after the literal');
  return { kind: 'tuple', items };
}

class Reader {
  readonly #tokens: readonly LiteralToken[];
  #position = 0;

  constructor(tokens: readonly LiteralToken[]) {
    this.#tokens = tokens;
  }

  get atEnd(): boolean {
    return this.#position >= this.#tokens.length;
  }

  take(mark: string): boolean {
    const token = this.#tokens[this.#position];
    if (token?.type !== 'mark' || token.text !== mark) return false;
    this.#position++;
    return true;
  }

  readValue(depth: number): PythonValue {
    if (depth > deepestNesting) throw new SyntaxError('nested too deeply');
    if (this.take('[')) return { kind: 'list', items: this.#readItems(']', depth) };
    if (this.take('(')) return this.#readParenthesis(depth);
    if (this.take('{')) return this.#readBrace(depth);
    if (this.take('-')) return -this.#readNumber(depth);
    if (this.take('+')) return this.#readNumber(depth);
    const token = this.#tokens[this.#position++];
    if (token === undefined || token.type === 'mark') throw new SyntaxError('a value was expected');
    if (token.type === 'number') return token.value;
    if (token.type === 'string') return this.#readJoinedStrings(token.value);
    const value = words.get(token.text);
    if (value === undefined) throw new SyntaxError(`${token.text} is not a literal`);
    return value;
  }

  #readNumber(depth: number): number {
    const value = this.readValue(depth + 1);
    if (typeof value === 'boolean') return Number(value);
    if (typeof value !== 'number')
      throw new SyntaxError('a sign stands before something that is not a number');
    return value;
  }

  #readJoinedStrings(first: string): string {
    let joined = first;
    for (;;) {
      const next = this.#tokens[this.#position];
      if (next?.type !== 'string') return joined;
      joined += next.value;
      this.#position++;
    }
  }

  #readItems(close: string, depth: number): PythonValue[] {
    const items: PythonValue[] = [];
    while (!this.take(close)) {
      items.push(this.readValue(depth + 1));
      if (this.take(',')) continue;
      if (!this.take(close)) throw new SyntaxError(`${close} was expected`);
      break;
    }
    return items;
  }

  #readParenthesis(depth: number): PythonValue {
    if (this.take(')')) return { kind: 'tuple', items: [] };
    const first = this.readValue(depth + 1);
    if (this.take(')')) return first;
    if (!this.take(',')) throw new SyntaxError(') was expected');
    return { kind: 'tuple', items: [first, ...this.#readItems(')', depth)] };
  }

  #readBrace(depth: number): PythonValue {
    if (this.take('}')) return { kind: 'dict', keys: [], values: [] };
    const first = this.readValue(depth + 1);
    if (!this.take(':')) {
      if (this.take('}')) return { kind: 'set', items: [first] };
      if (!this.take(',')) throw new SyntaxError('} was expected');
      return { kind: 'set', items: [first, ...this.#readItems('}', depth)] };
    }
    const keys = [first];
    const values = [this.readValue(depth + 1)];
    while (!this.take('}')) {
      if (!this.take(',')) throw new SyntaxError('} was expected');
      if (this.take('}')) break;
      keys.push(this.readValue(depth + 1));
      if (!this.take(':')) throw new SyntaxError(': was expected');
      values.push(this.readValue(depth + 1));
    }
    return { kind: 'dict', keys, values };
  }
}
