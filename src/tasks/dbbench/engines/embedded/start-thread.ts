import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { ThreadData } from './thread-messages.ts';
import { webAssembly, type CompiledModule } from './web-assembly.ts';

const require = createRequire(import.meta.url);
const resourceLimits = { maxOldGenerationSizeMb: 512 };

let compiled: Promise<CompiledModule> | undefined;

/** Starts a database thread. SQLite is compiled once a process, and the threads share it. */
export async function startWorkerThread(): Promise<Worker> {
  compiled ??= readFile(require.resolve('sql.js/dist/sql-wasm.wasm')).then((bytes) =>
    webAssembly.compile(bytes),
  );
  const workerData: ThreadData = { library: await compiled };
  const isSource = import.meta.url.endsWith('.ts');
  if (!isSource)
    return new Worker(new URL('./database-thread.js', import.meta.url), { workerData, resourceLimits });
  // A thread has no loader for TypeScript of its own, so that the sources are run through the one that users' tasks have.
  const source = new URL('./database-thread.ts', import.meta.url).href;
  const load = `require(${JSON.stringify(require.resolve('jiti'))}).createJiti(${JSON.stringify(source)}).import(${JSON.stringify(source)})`;
  return new Worker(load, { eval: true, workerData, resourceLimits });
}
