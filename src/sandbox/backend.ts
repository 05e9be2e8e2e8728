import type { Sandbox } from './contract.ts';

/** A process inside a sandbox, as a driver hands it over. */
export interface InnerProcess {
  /** Resolves when the bytes are taken or nobody reads any more; never rejects. */
  write(bytes: Uint8Array): Promise<void>;
  closeInput(): void;
  /** What it prints, in order, until it and all who hold its output have ended; end the loop early to stop listening. */
  readonly output: AsyncIterable<OutputChunk>;
  /** 0 to 255 when it ended by itself (128 + signal for a signal); undefined when nobody can tell. Never rejects. */
  readonly exited: Promise<number | undefined>;
  /** Stops listening and lets go of it; what still runs inside is not touched. */
  detach(): void;
}

export interface OutputChunk {
  readonly channel: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
}

export interface StartOptions {
  /** Whether something will be written to its input. Otherwise the input is empty. */
  readonly hasInput: boolean;
}

/** The little that a driver must do; everything else of a sandbox is built upon it, once for all drivers. */
export interface SandboxBackend {
  readonly id: string;
  /** Where programs start that do not say otherwise. */
  readonly folder: string;
  /** Starts a program, in any folder. */
  start(argv: readonly string[], options: StartOptions): Promise<InnerProcess>;
  /** Ends every process inside and makes it ready for new ones; files are kept. */
  restart(): Promise<void>;
  destroy(): Promise<void>;
}

export type MakeSandbox = (backend: SandboxBackend) => Sandbox;
