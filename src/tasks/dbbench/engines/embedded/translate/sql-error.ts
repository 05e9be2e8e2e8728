import { clientErrorText, type ClientErrorKind } from '../../client-error.ts';

/** A fault of the agent's statement, worded as MySQL's client does. */
export class SqlError extends Error {
  override readonly name = 'SqlError';

  constructor(kind: ClientErrorKind, message: string) {
    super(clientErrorText(kind, message));
  }

  /** `rest` is the statement from the place on where it goes wrong. */
  static syntax(rest: string): SqlError {
    return new SqlError(
      'syntax',
      'You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version ' +
        `for the right syntax to use near '${rest.slice(0, 80)}' at line 1`,
    );
  }

  static notSupported(what: string): SqlError {
    return new SqlError('notSupported', `This version of MySQL doesn't yet support '${what}'`);
  }
}
