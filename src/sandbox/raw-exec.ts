import { ProctorError, type Clock, type Timer } from '../base/index.ts';
import type { InnerProcess, OutputChunk, SandboxBackend } from './backend.ts';
import type { Ending, ExecOptions } from './contract.ts';
import { killTree } from './kill-tree.ts';
import { MarkerReader, newSecret } from './marker-reader.ts';
import { OutputCollector } from './output-collector.ts';
import { defaultOutputLimit, defaultTimeLimitMs } from './sandbox-defaults.ts';
import { enterFolder, printMark } from './shell-words.ts';
import { withRoom } from './with-room.ts';

/** For what a killed process has printed and nobody has read yet. */
const drainMs = 1000;

export interface RawResult {
  readonly ending: Ending;
  readonly exitCode: number | undefined;
  readonly stdout: OutputCollector;
  readonly stderr: OutputCollector;
}

type Channel = OutputChunk['channel'];

/**
 * A program runs below a shell, whose number is told first, and last its exit code, on both channels: so all that it printed is known
 * to be there, and a daemon that holds the output open keeps nobody waiting. The number comes from the process that becomes the program:
 * where there was no room for that one, nothing has begun.
 */
function wrap(secret: string, folder: string, argv: readonly string[]): string[] {
  const begin = printMark(secret, '"$$"');
  const end = printMark(secret, 'end', '"$code"');
  const program = `( ${begin}; exec "$@" ) 2>&9 9>&-`;
  const text = `${enterFolder(folder)}\nexec 9>&2 2>/dev/null\n${program}\ncode=$?\n${end}\n${end} >&9`;
  return ['/bin/sh', '-c', text, 'exec', ...argv];
}

export type RawOptions = ExecOptions & { readonly clock: Clock };

/**
 * Runs a program in a sandbox to its end, its limit, or the caller's signal. Rejects with `sandbox-wrecked` or `sandbox-start-refused` when
 * the program cannot begin, although there is room.
 */
export async function runRaw(
  backend: SandboxBackend,
  argv: readonly string[],
  options: RawOptions,
): Promise<RawResult> {
  const { outcome } = await withRoom(backend, () => begin(backend, argv, options));
  return await outcome;
}

/** Rejects only when the program has not begun: once it has, its failure is its outcome, and no reason to run it again. */
async function begin(
  backend: SandboxBackend,
  argv: readonly string[],
  options: RawOptions,
): Promise<{ readonly outcome: Promise<RawResult> }> {
  options.signal?.throwIfAborted();
  const secret = newSecret();
  const readers = { stdout: new MarkerReader(secret), stderr: new MarkerReader(secret) };
  const hasInput = options.input !== undefined;
  const process = await backend.start(wrap(secret, options.folder ?? backend.folder, argv), { hasInput });
  const run = new RawRun(backend, process, { ...options, readers });
  const outcome = run.finish();
  const result = await outcome.catch((error: unknown) => {
    if (!run.hasBegun) throw error;
  });
  if (run.hasBegun) return { outcome };
  const said = result?.stderr.captured().text.trim() ?? '';
  throw new ProctorError('sandbox-wrecked', { reason: `${argv[0]} does not start in it: ${said}` });
}

type Readers = Readonly<Record<Channel, MarkerReader>>;

class RawRun {
  readonly #backend: SandboxBackend;
  readonly #process: InnerProcess;
  readonly #options: RawOptions & { readonly readers: Readers };
  readonly #collectors: Readonly<Record<Channel, OutputCollector>>;
  readonly #ended = new Set<Channel>();
  #root: number | undefined;
  #exitCode: number | undefined;
  #stopped: Ending | undefined;
  #drain: Timer | undefined;

  constructor(
    backend: SandboxBackend,
    process: InnerProcess,
    options: RawOptions & { readonly readers: Readers },
  ) {
    const { outputLimit = defaultOutputLimit } = options;
    this.#backend = backend;
    this.#process = process;
    this.#options = options;
    this.#collectors = { stdout: new OutputCollector(outputLimit), stderr: new OutputCollector(outputLimit) };
  }

  /** Whether the program was reached, or was not to be waited for. */
  get hasBegun(): boolean {
    return this.#root !== undefined || this.#stopped !== undefined;
  }

  async finish(): Promise<RawResult> {
    const { clock, signal, timeLimitMs = defaultTimeLimitMs } = this.#options;
    let killing: Promise<void> | undefined;
    const stop = (ending: Ending) => {
      killing ??= this.#stop(ending);
      // It is waited for below, unless the reading fails first.
      killing.catch(() => undefined);
    };
    const timer = clock.after(timeLimitMs, () => stop('time-limit'));
    const onAbort = () => stop('cancelled');
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    try {
      void this.#giveInput();
      await this.#read();
      await killing;
      return await this.#result();
    } finally {
      timer.cancel();
      this.#drain?.cancel();
      signal?.removeEventListener('abort', onAbort);
      this.#process.detach();
    }
  }

  async #giveInput(): Promise<void> {
    const { input } = this.#options;
    if (input === undefined) return;
    await this.#process.write(typeof input === 'string' ? Buffer.from(input) : input);
    this.#process.closeInput();
  }

  async #read(): Promise<void> {
    for await (const { channel, bytes } of this.#process.output) {
      for (const read of this.#options.readers[channel].push(bytes)) {
        if ('text' in read) this.#collectors[channel].add(read.text);
        else this.#heed(channel, read.mark);
      }
      if (this.#ended.size === 2) return;
    }
    for (const channel of ['stdout', 'stderr'] as const)
      for (const read of this.#options.readers[channel].end())
        if ('text' in read) this.#collectors[channel].add(read.text);
  }

  #heed(channel: Channel, [first, code]: readonly string[]): void {
    if (first === 'end') {
      this.#ended.add(channel);
      this.#exitCode = Number(code);
    } else this.#root = Number(first);
  }

  /** Its output ends with it, and so does the reading; if not, another process holds it, and nobody listens to that one. */
  async #stop(ending: Ending): Promise<void> {
    this.#stopped = ending;
    const { clock } = this.#options;
    const root = this.#root;
    try {
      const killed = root !== undefined && (await killTree(this.#backend, { root, keepRoot: false }, clock));
      if (!killed) await this.#backend.restart();
    } finally {
      this.#drain = clock.after(drainMs, () => this.#process.detach());
    }
  }

  async #result(): Promise<RawResult> {
    const { stdout, stderr } = this.#collectors;
    const ending = this.#stopped && this.#exitCode === undefined ? this.#stopped : 'exited';
    const exitCode = this.#exitCode ?? (ending === 'exited' ? await this.#process.exited : undefined);
    return { ending, exitCode, stdout, stderr };
  }
}
