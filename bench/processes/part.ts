import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { endChild } from './child-end.ts';
import type { MeasuredStart } from './measured-start.ts';

/** What a process of the benchmark's own can be asked to do. Inputs and replies travel as structured clones. */
export type Operations = Readonly<Record<string, (input: never) => Promise<unknown>>>;

type InputOf<Operation> = Operation extends (input: infer Input) => Promise<unknown> ? Input : never;
type ReplyOf<Operation> = Operation extends (input: never) => Promise<infer Reply> ? Reply : never;

/** A process of the benchmark's own: the load generator, a proxy, stub workers. */
export interface Part<Table extends Operations> extends AsyncDisposable {
  readonly pid: number;
  call<Name extends keyof Table & string>(
    name: Name,
    input: InputOf<Table[Name]>,
  ): Promise<ReplyOf<Table[Name]>>;
}

const unmeasured: MeasuredStart = { environment: process.env, flags: [] };

interface Request {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** Starts a part; `file` is its compiled script, relative to this one. */
export function startPart<Table extends Operations>(
  file: string,
  start: MeasuredStart = unmeasured,
): Part<Table> {
  const script = fileURLToPath(new URL(file, import.meta.url));
  const { environment, flags } = start;
  const child = fork(script, { serialization: 'advanced', execArgv: [...flags], env: environment });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (reason: Error) => void }>();
  let lastId = 0;
  child.on('message', (message) => {
    const { id, value, error } = message as Reply;
    const call = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) call?.resolve(value);
    else call?.reject(new Error(`${file}: ${error}`));
  });
  child.on('exit', (code, signal) => {
    for (const call of waiting.values()) call.reject(new Error(`${file} ended (${code ?? signal})`));
    waiting.clear();
  });
  return {
    pid: child.pid ?? NaN,
    call: (name, input) =>
      new Promise((resolve, reject) => {
        const id = ++lastId;
        waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
        child.send({ id, name, input } satisfies Request);
      }),
    [Symbol.asyncDispose]: () => endChild(child),
  };
}

/** The part's side: answers calls until whoever started it is gone. */
export function servePart(operations: Operations): void {
  process.on('message', (message) => void answer(operations, message as Request));
  process.on('disconnect', () => process.exit(0));
  process.on('SIGTERM', () => process.exit(0));
}

async function answer(operations: Operations, { id, name, input }: Request): Promise<void> {
  try {
    const value = await operations[name]?.(input as never);
    process.send?.({ id, value } satisfies Reply);
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}
