import { errorTable, type ErrorCode, type ErrorRow } from './error-table.ts';

type Placeholder<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholder<Rest>
  : never;

/** The names that the row's texts want filled. */
export type ErrorParameters<Code extends ErrorCode> = {
  readonly [
    Name in Placeholder<
      | (typeof errorTable)[Code]['sentence']
      | (typeof errorTable)[Code]['expected']
      | (typeof errorTable)[Code]['remedy']
    >
  ]: string | number;
};

export interface ErrorContext {
  /** Where it is wrong: `file:line:column`, an address, a flag. */
  readonly where?: string | undefined;
  readonly cause?: unknown;
}

const marker = Symbol.for('proctor.error');

/** An error with a row in the table: what is wrong, where, what was expected, what to do. */
export class ProctorError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'ProctorError';
  readonly [marker] = true;
  readonly code: Code;
  /** What the row's texts were filled with. */
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly where: string | undefined;
  readonly expected: string;
  readonly remedy: string;

  constructor(code: Code, parameters: ErrorParameters<Code>, context: ErrorContext = {}) {
    const row: ErrorRow = errorTable[code];
    super(fill(row.sentence, parameters), context.cause === undefined ? {} : { cause: context.cause });
    this.code = code;
    this.parameters = parameters;
    this.where = context.where;
    this.expected = fill(row.expected, parameters);
    this.remedy = fill(row.remedy, parameters);
  }

  get exitCode(): 1 | 2 {
    return errorTable[this.code].exitCode;
  }

  /** Holds across two copies of this package, which `instanceof` does not. */
  static is(value: unknown): value is ProctorError {
    return typeof value === 'object' && value !== null && marker in value;
  }
}

function fill(text: string, parameters: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(parameters[name] ?? whole));
}
