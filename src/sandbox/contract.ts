/** Who kept a process from going on to its own end. */
export type Ending =
  /** It ended by itself, or by what another process of its sandbox did to it. */
  | 'exited'
  /** It was killed with its process tree, since it ran longer than its time limit. */
  | 'time-limit'
  /** It was killed with its process tree, since the caller's signal was aborted. */
  | 'cancelled';

/** What came out of a channel; never more than the limit, and never half a character of UTF-8. */
export interface Captured {
  /** UTF-8; bytes that are none are shown as U+FFFD. */
  readonly text: string;
  /** All bytes that were printed, those beyond the limit included. */
  readonly totalBytes: number;
  /** Whether `text` lacks something of what was printed: its beginning is kept, the rest was read and thrown away. */
  readonly truncated: boolean;
}

export interface ExecOptions {
  /** Given to standard input, which is closed after it; without it the input is empty. */
  readonly input?: string | Uint8Array | undefined;
  /** Milliseconds until the process is killed with its tree; 60,000 without it. */
  readonly timeLimitMs?: number | undefined;
  /** Most bytes that are kept of each channel; 1 MiB without it. */
  readonly outputLimit?: number | undefined;
  /** Folder to start in; the sandbox's home without it, and `/` when there is no such folder. */
  readonly folder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ExecResult {
  readonly ending: Ending;
  /** 0 to 255; 128 + the signal's number when a signal ended it; undefined when it was killed for its limit or by the caller. */
  readonly exitCode: number | undefined;
  readonly stdout: Captured;
  readonly stderr: Captured;
}

export interface CommandOptions {
  /** Milliseconds until the command is killed with its tree; 60,000 without it. */
  readonly timeLimitMs?: number | undefined;
  /** Most bytes of output that are kept; 1 MiB without it. */
  readonly outputLimit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface CommandResult {
  /** `shell-ended`: the command ended the shell itself (`exit`, `exec`, `kill -9 $$`); the next command gets a new one. */
  readonly ending: Ending | 'shell-ended';
  /** 0 to 255; undefined when the command did not come to its own end. */
  readonly exitCode: number | undefined;
  /** Standard output and standard error as they came, in one. */
  readonly output: Captured;
  /**
   * Whether variables, working folder and shell options are kept for the next command. Files are kept always; background jobs are
   * too, unless the command could only be stopped by ending every process of the sandbox.
   */
  readonly stateKept: boolean;
}

/** A bash that stays: working folder, variables, functions and background jobs live from one command to the next. */
export interface Shell {
  /**
   * Runs one piece of bash, of any number of lines, whose standard input is empty. One at a time: rejects with `sandbox-failed`
   * when the sandbox is gone or its engine does not answer, and as `exec` when there can be no shell after this one.
   */
  run(command: string, options?: CommandOptions): Promise<CommandResult>;
  /** Ends the shell and what it runs in the foreground. */
  close(): Promise<void>;
}

export interface WriteOptions {
  /** Permissions, such as 0o755; 0o644 without it. */
  readonly mode?: number | undefined;
}

/** A machine of its own for what a model wrote: nothing that runs in it sees or touches the host. */
export interface Sandbox {
  /** Unique on this machine. */
  readonly id: string;
  /**
   * Runs a program and waits for its end. Rejects with `sandbox-failed` or `sandbox-start-refused` only when the sandbox or its engine
   * is at fault, with `sandbox-wrecked` when what ran there has made it unusable, and, as everything here, with `sandbox-overfull` once
   * the sandbox was ended for what its programs wrote.
   */
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  shell(): Promise<Shell>;
  /** Writes a file inside; folders that are missing are made. Rejects with `sandbox-file-unwritable` when that cannot be. */
  write(file: string, content: string | Uint8Array, options?: WriteOptions): Promise<void>;
  /** A file's bytes, at most `limit` (1 MiB without it). Rejects with `sandbox-file-unreadable` when there is none. */
  read(file: string, limit?: number): Promise<Buffer>;
  /** Ends every process inside and removes everything; safe to call twice. */
  destroy(): Promise<void>;
}

export interface SandboxLimits {
  /** Bytes; 512 MiB without it. */
  readonly memory?: number | undefined;
  /** Processor cores, 0.01 or more; 1 without it. */
  readonly cpus?: number | undefined;
  /** Processes and threads at once; 256 without it. */
  readonly pids?: number | undefined;
  /** Bytes that may be written to its file system; 512 MiB without it. */
  readonly disk?: number | undefined;
}

export interface Mount {
  readonly source: string;
  readonly target: string;
  /** Read-only unless this says otherwise. */
  readonly writable?: boolean | undefined;
}

export interface SandboxOptions extends SandboxLimits {
  /** `none`, the default: not even the host's loopback is reached. `host`: the host's network. */
  readonly network?: 'none' | 'host' | undefined;
  /** The environment of what runs inside, beside PATH, HOME, LANG and the like; nothing of the host's is passed on. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly mounts?: readonly Mount[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What an image is made from when the driver has none of that name. */
export type ImageSource =
  /** A folder that holds a whole root file system. */
  | { readonly kind: 'folder'; readonly folder: string }
  /** A Dockerfile; its folder is the context. Only an engine of containers can do it. */
  | { readonly kind: 'dockerfile'; readonly file: string }
  /** A `.tar` of a root file system. */
  | { readonly kind: 'archive'; readonly file: string }
  /** From a registry. */
  | { readonly kind: 'registry' };

export interface SandboxDriver {
  readonly name: 'bubblewrap' | 'docker';
  /**
   * Makes sure that `image` is there. `report` is told what is going on, in lines for people. Rejects with `sandbox-image-failed`.
   */
  prepareImage(image: string, source: ImageSource, report: (line: string) => void): Promise<void>;
  /** Starts a sandbox from `image`; `host` means the programs of this machine, where the driver can show them. */
  create(image: string, options?: SandboxOptions): Promise<Sandbox>;
  /** Removes what processes that are gone have left behind; tells how many sandboxes that were. */
  removeLeftOvers(): Promise<number>;
  /** Destroys all its sandboxes and gives back what the driver holds. */
  release(): Promise<void>;
}
