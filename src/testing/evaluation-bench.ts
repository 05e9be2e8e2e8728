import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import * as fileSystemOfNode from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setMaxListeners } from 'node:events';
import type { Agent } from '../agents/index.ts';
import {
  runEvaluation,
  type EvaluationDependencies,
  type EvaluationObserver,
  type EvaluationPlan,
  type EvaluationSummary,
} from '../assigner/index.ts';
import { silentLogger } from '../base/index.ts';
import type { EventFollower, Transport } from '../protocol/index.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeController } from './fake-controller.ts';

type FileSystem = NonNullable<EvaluationDependencies['fileSystem']>;
type FileHandle = fileSystemOfNode.FileHandle;

/** An evaluation against a controller in memory, on a fake clock and a real temporary folder. */
export class EvaluationBench {
  readonly controller = new FakeController();
  /** Leads to the controller in memory unless replaced. */
  transport: Transport = this.controller.transport;
  /** Tells of the controller's slots; nobody does unless given. */
  follow: EventFollower | undefined;
  readonly clock: FakeClock;
  readonly root = mkdtempSync(join(tmpdir(), 'proctor-assigner-'));
  readonly folder = join(this.root, 'out');
  readonly stop = new AbortController();
  readonly waits: string[] = [];
  readonly notices: string[] = [];
  readonly started: string[] = [];
  /** Names of files' operations, in order: `write runs.jsonl`, `sync runs.jsonl`. */
  readonly fileEvents: string[] = [];
  observer: EvaluationObserver = {};
  secrets: readonly string[] = [];
  agents: Record<string, Agent> = { a: answering('ok'), b: answering('fine') };
  /** Throws instead of a write to a file. */
  failWrite: (file: string) => Error | undefined = () => undefined;
  #pending = 0;

  constructor({ clock = new FakeClock() }: { readonly clock?: FakeClock } = {}) {
    this.clock = clock;
    setMaxListeners(0, this.stop.signal);
    this.controller.tasks.set('t', { indices: [0, 1, 2, 3], capacity: 2 });
  }

  plan(changes: Partial<EvaluationPlan> = {}): EvaluationPlan {
    return {
      pairs: [{ agent: 'a', task: 't' }],
      agentConcurrency: { a: 10, b: 10 },
      taskConcurrency: { t: 10, u: 10 },
      controllerOf: () => this.controller.address,
      folder: this.folder,
      savedConfig: 'output: out\n',
      autoRetry: false,
      maxAttempts: 3,
      ...changes,
    };
  }

  start(changes: Partial<EvaluationPlan> = {}): Promise<EvaluationSummary> {
    const note: EvaluationObserver = {
      waiting: (reason) => void this.waits.push(reason),
      notice: (message) => void this.notices.push(message),
      sampleStart: ({ agent, task, index }) => void this.started.push(`${agent}/${task}/${index}`),
    };
    return runEvaluation(this.plan(changes), {
      transport: this.transport,
      follow: this.follow,
      clock: this.clock,
      log: silentLogger,
      agents: this.agents,
      observer: { ...note, ...this.observer },
      signal: this.stop.signal,
      fileSystem: this.fileSystem,
      secrets: this.secrets,
    });
  }

  /** Starts and plays to the end. */
  async play(changes: Partial<EvaluationPlan> = {}): Promise<EvaluationSummary> {
    return this.finish(this.start(changes));
  }

  /** Lets everything run; time moves on only while nothing else can. */
  async finish<T>(work: Promise<T>, stepMs = 250): Promise<T> {
    let isSettled = false;
    const settled = () => (isSettled = true);
    work.then(settled, settled);
    for (let round = 0; round < 20_000; round++) {
      await this.idle(() => isSettled);
      if (isSettled) return work;
      await this.clock.advance(stepMs);
    }
    throw new Error('The evaluation does not end');
  }

  /** Resolves when nothing but time can change anything, or the condition holds. */
  async idle(isEnough: () => boolean = () => false): Promise<void> {
    for (let quiet = 0; quiet < 6 && !isEnough(); quiet = this.#pending === 0 ? quiet + 1 : 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  text(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  has(path: string): boolean {
    return existsSync(join(this.folder, path));
  }

  lines(path: string): Record<string, unknown>[] {
    if (!this.has(path)) return [];
    return this.text(path)
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  /** The real one, counted, so that it is known when it is at rest. */
  readonly fileSystem: FileSystem = this.#counted({
    ...fileSystemOfNode,
    open: this.#open.bind(this) as FileSystem['open'],
  });

  async #open(path: string, flags?: string): Promise<FileHandle> {
    const handle = await fileSystemOfNode.open(path, flags);
    const name = path.slice(path.lastIndexOf('/') + 1);
    const watched = this.#counted({
      stat: () => handle.stat(),
      read: (...input: Parameters<FileHandle['read']>) => handle.read(...input),
      write: async (...input: Parameters<FileHandle['write']>) => {
        const failure = this.failWrite(path);
        if (failure) {
          // As on a full disk: half of it arrives.
          if (Buffer.isBuffer(input[0])) await handle.write(input[0].subarray(0, input[0].length >> 1));
          throw failure;
        }
        this.fileEvents.push(`write ${name}`);
        return handle.write(...input);
      },
      writeFile: (...input: Parameters<FileHandle['writeFile']>) => handle.writeFile(...input),
      truncate: (length: number) => handle.truncate(length),
      sync: () => handle.sync(),
      datasync: async () => {
        await handle.datasync();
        this.fileEvents.push(`sync ${name}`);
      },
      close: () => handle.close(),
    });
    return watched as unknown as FileHandle;
  }

  #counted<T extends object>(target: T): T {
    const count = (operation: unknown) =>
      typeof operation !== 'function'
        ? operation
        : async (...input: unknown[]) => {
            this.#pending++;
            try {
              return await (operation as (...input: unknown[]) => unknown)(...input);
            } finally {
              this.#pending--;
            }
          };
    return Object.fromEntries(
      Object.entries(target).map(([name, operation]) => [name, count(operation)]),
    ) as T;
  }
}

/** An agent that always says the same. */
export function answering(content: string): Agent {
  return { act: () => Promise.resolve({ status: 'normal', content }) };
}
