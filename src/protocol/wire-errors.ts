import type { Json } from '../base/index.ts';

/** The errors that travel: status and `detail` to the letter, since clients read both as text. `{name}` is filled in. */
export const wireErrors = {
  // The controller's
  'start-task-unknown': { status: 406, detail: 'Error: Task does not exist' },
  'task-unknown': { status: 400, detail: 'Error: Task does not exist' },
  'index-out-of-bounds': { status: 400, detail: 'Error: Index out of bounds' },
  'no-slot-free': { status: 406, detail: 'Error: No workers available' },
  'no-worker-alive': { status: 400, detail: 'Error: No workers available' },
  'session-unknown': { status: 400, detail: 'Error: Session does not exist' },
  'session-busy': { status: 409, detail: 'Error: Session is busy: its last request is not answered yet' },
  'turn-mismatch': {
    status: 409,
    detail: 'Error: Turn {turn} was sent, but the session has played {played} turns; turn {next} is next',
  },
  'turn-unknown': {
    status: 409,
    detail: 'Error: Nobody can tell whether turn {turn} was played: its reply was lost with the controller',
  },
  'worker-silent': { status: 503, detail: 'Error: Worker not responding\n{reason}' },
  'store-unwritable': { status: 503, detail: 'Error: The controller cannot write to its store' },
  'controller-closing': { status: 503, detail: 'Error: The controller is shutting down' },
  'worker-address-invalid': {
    status: 400,
    detail: "Error: A worker's address begins with http:// or https:// and has nothing behind its path",
  },
  'worker-not-allowed': { status: 403, detail: 'Error: A worker at {address} is not allowed here' },
  'indices-differ': { status: 400, detail: 'Error: Task already exists with different indices' },
  'worker-abnormal': { status: 400, detail: 'Error: Worker status abnormal' },
  'worker-unreachable': { status: 400, detail: 'Error: Worker not responding\n{reason}' },
  // The worker's
  'no-such-session': { status: 400, detail: 'No such session' },
  'session-exists': { status: 400, detail: 'Session ID already exists' },
  'sample-limit': { status: 406, detail: 'Sample concurrency limit reached: {limit}' },
  'worker-draining': { status: 406, detail: 'Worker is shutting down' },
  'task-executing': { status: 400, detail: 'Task Executing, please do not send new request.' },
  'sample-unfinished': {
    status: 504,
    detail:
      'The sample was cancelled and has not ended after {limitMs} ms; its slot stays taken until it does',
  },
  // Anybody's
  'body-unreadable': { status: 400, detail: 'There was an error parsing the body' },
  'body-too-large': { status: 413, detail: 'The request body is larger than {limit} bytes' },
  unauthorized: { status: 401, detail: 'Unauthorized: send the header Authorization: Bearer <token>' },
  'not-found': { status: 404, detail: 'Not Found' },
  'method-not-allowed': { status: 405, detail: 'Method Not Allowed' },
} as const satisfies Record<string, { readonly status: number; readonly detail: string }>;

export type WireErrorCode = keyof typeof wireErrors;

/** An error reply: thrown by an operation, sent by the server, and thrown again at the client. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly status: number;
  readonly detail: Json;

  constructor(status: number, detail: Json) {
    super(typeof detail === 'string' ? detail : JSON.stringify(detail));
    this.status = status;
    this.detail = detail;
  }

  /** The row of the table, with its blanks filled. */
  static of(code: WireErrorCode, parameters: Readonly<Record<string, string | number>> = {}): WireError {
    const { status, detail } = wireErrors[code];
    return new WireError(
      status,
      detail.replace(/\{(\w+)\}/g, (whole, name: string) => String(parameters[name] ?? whole)),
    );
  }

  /**
   * A worker's reply with another status than 200, passed on: its body stands as text in the detail. That the worker refuses the controller's
   * token is no word about the client's.
   */
  static fromWorker(status: number, bodyText: string): WireError {
    const passedOn = status === wireErrors.unauthorized.status ? 400 : status;
    return new WireError(passedOn, `Error: Worker returned error\n${bodyText}`);
  }
}
