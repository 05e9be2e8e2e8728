import { SqlError } from './sql-error.ts';
import { tokenize, type Token } from './tokens.ts';

/** Words that never stand for a column, a table or an alias unless quoted. */
const reserved = new Set(
  (
    'ALL ALTER AND AS ASC BETWEEN BY CASE COLLATE CREATE CROSS DELETE DESC DISTINCT DIV DROP ELSE EXCEPT EXISTS FALSE FOR FROM ' +
    'FULL GROUP HAVING IN INNER INSERT INTERSECT INTERVAL INTO IS JOIN LEFT LIKE LIMIT LOCK MOD NATURAL NOT NULL ON OR ORDER OUTER ' +
    'OVER PARTITION REGEXP RIGHT RLIKE SELECT SET STRAIGHT_JOIN TABLE THEN TRUE UNION UPDATE USING VALUES WHEN WHERE WINDOW WITH XOR'
  ).split(' '),
);

/** Walks over the tokens of one text. */
export class TokenReader {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#position + ahead, this.#tokens.length - 1)] as Token;
  }

  next(): Token {
    const token = this.peek();
    if (token.type === 'end') throw SqlError.syntax('');
    this.#position++;
    return token;
  }

  get atEnd(): boolean {
    return this.peek().type === 'end';
  }

  /** Whether the next tokens are these words, in any case. */
  isWord(...words: readonly string[]): boolean {
    return words.every((word, ahead) => {
      const token = this.peek(ahead);
      return token.type === 'word' && token.value.toUpperCase() === word;
    });
  }

  isMark(mark: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.type === 'mark' && token.value === mark;
  }

  /** Steps over these words if they come next. */
  takeWord(...words: readonly string[]): boolean {
    if (!this.isWord(...words)) return false;
    this.#position += words.length;
    return true;
  }

  /** Steps over the first of these words that comes next, and gives it. */
  takeAnyWord(words: readonly string[]): string | undefined {
    return words.find((word) => this.takeWord(word));
  }

  takeMark(mark: string): boolean {
    if (!this.isMark(mark)) return false;
    this.#position++;
    return true;
  }

  expectWord(...words: readonly string[]): void {
    if (!this.takeWord(...words)) throw this.syntaxError();
  }

  expectMark(mark: string): void {
    if (!this.takeMark(mark)) throw this.syntaxError();
  }

  /** Whether a name comes next: a quoted one, or a word that is not reserved. */
  isName(): boolean {
    const { type, value } = this.peek();
    return type === 'quoted' || (type === 'word' && !reserved.has(value.toUpperCase()));
  }

  expectName(): string {
    if (!this.isName()) throw this.syntaxError();
    return this.next().value;
  }

  /** A name after AS or a dot, where reserved words may stand too. */
  expectAnyName(): string {
    const { type } = this.peek();
    if (type !== 'quoted' && type !== 'word' && type !== 'string') throw this.syntaxError();
    return this.next().value;
  }

  /** Steps over everything up to the end of the parenthesis that was just opened. */
  skipParenthesis(): void {
    for (let depth = 1; depth > 0;) {
      const token = this.next();
      if (token.type !== 'mark') continue;
      if (token.value === '(') depth++;
      if (token.value === ')') depth--;
    }
  }

  /** The text from the place given up to the next token. */
  textFrom(start: number): string {
    return this.#text.slice(start, this.peek().start).trim();
  }

  syntaxError(): SqlError {
    return SqlError.syntax(this.#text.slice(this.peek().start));
  }
}

/** A name as SQLite wants it: in backticks, since it takes a name in double quotes that it does not know for a string. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

export function quoteText(text: string): string {
  if (!text.includes('\0')) return `'${text.replaceAll("'", "''")}'`;
  return `CAST(x'${Buffer.from(text, 'utf8').toString('hex')}' AS TEXT)`;
}
