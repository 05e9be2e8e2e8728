import { ProctorError, quoteWord, sleep, type Clock } from '../base/index.ts';
import type { InnerProcess, SandboxBackend } from './backend.ts';
import { killTree } from './kill-tree.ts';
import { MarkerReader, newSecret, type Read } from './marker-reader.ts';
import { OutputCollector } from './output-collector.ts';
import { enterFolder, printMark } from './shell-words.ts';
import { withRoom } from './with-room.ts';

/** What background jobs print between two commands is shown with the next one; so many bytes of it are kept. */
const idleOutputLimit = 65_536;
/** A copy of the shell's output for the marks, since a command may redirect the shell's own (`exec >log`). */
const markChannel = 198;
const startLimitMs = 30_000;
/** How long a killed shell may take to be gone. */
const endLimitMs = 10_000;
/** How long an interrupted shell may take to say that it is back. */
const interruptMs = 300;
const interrupts = 4;

/** Interactive, since only such a shell goes on after it was interrupted; its prompts are empty and its history is off. */
function startingText(secret: string): string {
  return [
    `exec ${markChannel}>&1; PS1= PS2= PS4='+ '; set +H +o history; unset MAILCHECK HISTFILE`,
    `${markLine(secret, 'ready', '"$$"')}`,
    '',
  ].join('\n');
}

const now = '"${EPOCHREALTIME:-$(date +%s.%6N)}"';

/** Its own error output is hidden, so that `set -x` shows nothing of it. */
function markLine(secret: string, kind: string, field: string): string {
  return `{ ${printMark(secret, kind, field, now, '"${!:-0}"')} >&${markChannel}; } 2>/dev/null`;
}

/**
 * The command runs in the shell itself, with an empty input: what it reads must not be the commands that follow. The empty line is for
 * bash, which after an error of syntax does not know a brace until it has seen the end of a line.
 */
function commandText(secret: string, command: string): string {
  return `eval -- ${quoteWord(command)} </dev/null\n\n${markLine(secret, 'done', '"$?"')}\n`;
}

/** How a shell ended; no code when nobody can tell, as when its engine is gone. */
type ShellEnd = { readonly ended: true; readonly exitCode: number | undefined };
type CommandEnd = { readonly ended: false; readonly exitCode: number };

/** How one command of a shell ended, and whether the shell is still there. */
export interface LiveResult {
  readonly stopped: 'time-limit' | 'cancelled' | undefined;
  readonly end: ShellEnd | CommandEnd;
  readonly output: OutputCollector;
}

export interface LiveOptions {
  readonly timeLimitMs: number;
  readonly outputLimit: number;
  readonly signal?: AbortSignal | undefined;
}

/** One bash inside a sandbox, from its start to its end; whoever holds it starts another one then. */
export class LiveShell {
  readonly #backend: SandboxBackend;
  readonly #clock: Clock;
  readonly #process: InnerProcess;
  readonly #secret: string;
  readonly #reader: MarkerReader;
  readonly #complaints = new OutputCollector(4096);
  #pid = 0;
  /** When the last command had ended, inside: what has started since belongs to the present one. */
  #since = { time: '', lastJob: '' };
  #onMark: (exitCode: number) => void = () => undefined;
  #output = new OutputCollector(idleOutputLimit);
  #end: Promise<ShellEnd> | undefined;
  #hasEnded = false;

  private constructor(backend: SandboxBackend, clock: Clock, process: InnerProcess, secret: string) {
    this.#backend = backend;
    this.#clock = clock;
    this.#process = process;
    this.#secret = secret;
    this.#reader = new MarkerReader(secret);
  }

  /** Rejects with `sandbox-wrecked` or `sandbox-start-refused` when no shell starts, although there is room. */
  static start(backend: SandboxBackend, clock: Clock): Promise<LiveShell> {
    return withRoom(backend, () => LiveShell.#tryToStart(backend, clock));
  }

  static async #tryToStart(backend: SandboxBackend, clock: Clock): Promise<LiveShell> {
    const secret = newSecret();
    const process = await backend.start(shellArguments(secret, backend.folder), { hasInput: true });
    const shell = new LiveShell(backend, clock, process, secret);
    await shell.#getReady();
    return shell;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  async run(command: string, options: LiveOptions): Promise<LiveResult> {
    options.signal?.throwIfAborted();
    const idle = this.#output.bytes;
    const output = (this.#output = new OutputCollector(options.outputLimit));
    output.add(idle);
    const end = this.#send(commandText(this.#secret, command));
    let stopping: Promise<void> | undefined;
    let stopped: LiveResult['stopped'];
    const stop = (reason: 'time-limit' | 'cancelled') => {
      stopped ??= reason;
      stopping ??= this.#stop(end);
      // It is waited for below, unless the shell fails first.
      stopping.catch(() => undefined);
    };
    const timer = this.#clock.after(options.timeLimitMs, () => stop('time-limit'));
    const onAbort = () => stop('cancelled');
    options.signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const settled = await end;
      await stopping;
      return { stopped, end: settled, output };
    } finally {
      timer.cancel();
      options.signal?.removeEventListener('abort', onAbort);
      this.#output = new OutputCollector(idleOutputLimit);
    }
  }

  /** Ends the shell when it is idle, and stops listening to it in any case. */
  close(): void {
    this.#process.closeInput();
    this.#process.detach();
  }

  async #getReady(): Promise<void> {
    this.#end = this.#readAll();
    const started = this.#send(startingText(this.#secret));
    const end = await settledWithin(this.#clock, startLimitMs, started);
    if (end && !end.ended) {
      this.#output = new OutputCollector(idleOutputLimit);
      return;
    }
    this.#process.detach();
    const said = `${this.#complaints.captured().text}${this.#output.captured().text}`.trim();
    const code = end?.exitCode === undefined ? '' : ` (exit code ${end.exitCode})`;
    throw new ProctorError('sandbox-wrecked', { reason: `its shell does not start${code}: ${said}` });
  }

  /** Settles with what comes first: the mark after what was sent, or the end of the shell. */
  #send(text: string): Promise<ShellEnd | CommandEnd> {
    const marked = new Promise<CommandEnd>((resolve) => {
      this.#onMark = (exitCode) => resolve({ ended: false, exitCode });
    });
    void this.#process.write(Buffer.from(text));
    return Promise.race([marked, this.#end as Promise<ShellEnd>]);
  }

  async #readAll(): Promise<ShellEnd> {
    for await (const { channel, bytes } of this.#process.output) {
      if (channel === 'stderr') {
        this.#complaints.add(bytes);
        continue;
      }
      for (const read of this.#reader.push(bytes)) {
        const exitCode = this.#heed(read);
        if (exitCode !== undefined) return this.#close(exitCode);
      }
    }
    for (const read of this.#reader.end()) this.#heed(read);
    return this.#close(await this.#process.exited);
  }

  #close(exitCode: number | undefined): ShellEnd {
    this.#hasEnded = true;
    this.#process.detach();
    return { ended: true, exitCode };
  }

  /** Gives the shell's exit code when it has ended. */
  #heed(read: Read): number | undefined {
    if ('text' in read) {
      this.#output.add(read.text);
      return undefined;
    }
    const [kind, value, time = '', lastJob = ''] = read.mark;
    if (kind === 'gone') return Number(value);
    if (kind === 'ready') this.#pid = Number(value);
    this.#since = { time, lastJob };
    this.#onMark(Number(value));
    return undefined;
  }

  /**
   * Interrupts the shell and kills what the command started, several times if need be: a loop may start the next program at once. If
   * it still does not come back, it is killed itself, and at last everything in its sandbox.
   */
  async #stop(end: Promise<unknown>): Promise<void> {
    for (let round = 0; round < interrupts; round++) {
      if (!(await this.#kill(true))) return await this.#backend.restart();
      if (await settledWithin(this.#clock, interruptMs, end)) return;
    }
    const killed = await this.#kill(false);
    if (!killed || !(await settledWithin(this.#clock, endLimitMs, end))) await this.#backend.restart();
  }

  #kill(keepRoot: boolean): Promise<boolean> {
    return killTree(this.#backend, { root: this.#pid, since: this.#since, keepRoot }, this.#clock);
  }
}

/** The shell around it tells its end, even where a job of it holds the output open. */
function shellArguments(secret: string, folder: string): string[] {
  const bash = '/bin/bash --noprofile --norc --noediting -i 2>&1';
  return [
    '/bin/sh',
    '-c',
    `${enterFolder(folder)}\n${bash}\ncode=$?\n${printMark(secret, 'gone', '"$code"')}`,
    'shell',
  ];
}

/** What `promise` gives, or undefined when that takes longer; it must not reject. */
async function settledWithin<T>(clock: Clock, limitMs: number, promise: Promise<T>): Promise<T | undefined> {
  const settled = new AbortController();
  const late = sleep(clock, limitMs, settled.signal).catch(() => undefined);
  try {
    return await Promise.race([promise, late as Promise<undefined>]);
  } finally {
    settled.abort();
  }
}
