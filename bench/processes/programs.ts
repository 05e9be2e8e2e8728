import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchSettings } from '../settings.ts';
import { endChild, whenEnded } from './child-end.ts';
import { prepareStart } from './measured-start.ts';

/** One of the product's programs as a process of its own, built as it is shipped. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
  /** Where it listens, without a path. */
  readonly origin: string;
}

const mainFile = fileURLToPath(new URL('../../../../dist/cli/main.js', import.meta.url));

/** Starts a controller on any free port, which keeps its memory on disk, below `folder`. */
export function startController(settings: BenchSettings, folder: string): Promise<Program> {
  const store = path.join(folder, 'controller.sqlite');
  const words = ['task-controller', '-p', '0', '--store', store, '--log-level', 'warn'];
  return startServer(settings, { name: 'controller', words, cwd: folder });
}

/** Starts a worker of a task that `config` defines. */
export function startWorker(
  settings: BenchSettings,
  worker: {
    readonly task: string;
    readonly config: string;
    readonly controller: string;
    readonly cwd: string;
  },
): Promise<Program> {
  const { task, config, controller, cwd } = worker;
  const words = [
    'task-worker',
    task,
    '-c',
    config,
    '-p',
    '0',
    '-C',
    `${controller}/api`,
    '--log-level',
    'warn',
  ];
  return startServer(settings, { name: 'worker', words, cwd });
}

/** Runs an assigner to its end; gives how long the process lived, in milliseconds. Rejects unless it ends with 0. */
export function runAssigner(
  settings: BenchSettings,
  run: { readonly config: string; readonly output: string; readonly cwd: string },
): Promise<number> {
  const words = ['assigner', '-c', run.config, '--output', run.output, '--log-level', 'warn'];
  return runToTheEnd(settings, { name: 'assigner', words, cwd: run.cwd });
}

/** Runs controller, workers and assigner by one command; gives how long it took, in milliseconds. Rejects unless it ends with 0. */
export function runEverything(
  settings: BenchSettings,
  run: { readonly config: string; readonly output: string; readonly cwd: string },
): Promise<number> {
  const words = ['run', run.config, '--output', run.output, '--log-level', 'warn'];
  return runToTheEnd(settings, { name: 'run', words, cwd: run.cwd });
}

interface Start {
  readonly name: string;
  readonly words: readonly string[];
  readonly cwd: string;
}

async function startServer(settings: BenchSettings, start: Start): Promise<Program> {
  const { child, readOutput } = startProgram(settings, start);
  const port = await new Promise<number>((resolve, reject) => {
    child.on('message', (message) => {
      const { type, port } = message as { readonly type?: string; readonly port?: number };
      if (type === 'listening') resolve(Number(port));
    });
    child.once('exit', (code) =>
      reject(new Error(`${start.words.join(' ')} ended with ${code}: ${readOutput()}`)),
    );
  });
  return {
    pid: child.pid ?? NaN,
    origin: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => endChild(child),
  };
}

async function runToTheEnd(settings: BenchSettings, start: Start): Promise<number> {
  const startMs = performance.now();
  const { child, readOutput } = startProgram(settings, start);
  const code = await whenEnded(child);
  const tookMs = performance.now() - startMs;
  if (code === 0) return tookMs;
  throw new Error(`${start.words.join(' ')} ended with ${code}: ${readOutput()}`);
}

function startProgram(
  settings: BenchSettings,
  { name, words, cwd }: Start,
): { readonly child: ChildProcess; readonly readOutput: () => string } {
  const { environment, flags } = prepareStart(settings, name);
  const child = spawn(process.execPath, [...flags, mainFile, ...words], {
    cwd,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-2000)));
  return { child, readOutput: () => output };
}
