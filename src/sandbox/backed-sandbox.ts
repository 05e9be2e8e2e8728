import { ProctorError, type Clock } from '../base/index.ts';
import type { SandboxBackend } from './backend.ts';
import type { ExecOptions, ExecResult, Sandbox, Shell, WriteOptions } from './contract.ts';
import { PersistentShell } from './persistent-shell.ts';
import { runRaw } from './raw-exec.ts';
import { defaultOutputLimit } from './sandbox-defaults.ts';

/** A sandbox on what a driver gives: everything that is the same for all drivers. */
export class BackedSandbox implements Sandbox {
  readonly #backend: SandboxBackend;
  readonly #clock: Clock;
  #destroyed: Promise<void> | undefined;

  constructor(backend: SandboxBackend, clock: Clock) {
    this.#backend = backend;
    this.#clock = clock;
  }

  get id(): string {
    return this.#backend.id;
  }

  async exec(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    const { ending, exitCode, stdout, stderr } = await this.#run(argv, options);
    if (ending === 'exited' && exitCode === undefined)
      throw this.#failed(`its engine lost sight of ${argv[0]}`);
    return { ending, exitCode, stdout: stdout.captured(), stderr: stderr.captured() };
  }

  async shell(): Promise<Shell> {
    this.#refuseWhenGone();
    return await PersistentShell.start(this.#backend, this.#clock);
  }

  async write(
    file: string,
    content: string | Uint8Array,
    { mode = 0o644 }: WriteOptions = {},
  ): Promise<void> {
    const script = 'mkdir -p -- "$(dirname -- "$1")" && cat >"$1" && chmod "$2" -- "$1"';
    const argv = ['/bin/sh', '-c', script, 'write', file, mode.toString(8)];
    const { exitCode, stderr } = await this.exec(argv, { input: content });
    if (exitCode !== 0)
      throw new ProctorError('sandbox-file-unwritable', { file, reason: stderr.text.trim() });
  }

  async read(file: string, limit = defaultOutputLimit): Promise<Buffer> {
    const script = 'head -c "$2" <"$1"';
    const argv = ['/bin/sh', '-c', script, 'read', file, String(limit)];
    const { exitCode, stdout, stderr } = await this.#run(argv, { outputLimit: limit });
    if (exitCode === 0) return stdout.bytes;
    throw new ProctorError('sandbox-file-unreadable', { file, reason: stderr.captured().text.trim() });
  }

  destroy(): Promise<void> {
    return (this.#destroyed ??= this.#backend.destroy());
  }

  #run(argv: readonly string[], options: ExecOptions) {
    this.#refuseWhenGone();
    return runRaw(this.#backend, argv, { ...options, clock: this.#clock });
  }

  #refuseWhenGone(): void {
    if (this.#destroyed) throw this.#failed('it was destroyed');
  }

  #failed(reason: string): ProctorError {
    return new ProctorError('sandbox-failed', { reason });
  }
}
