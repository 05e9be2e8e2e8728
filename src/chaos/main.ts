#!/usr/bin/env node
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { systemClock } from '../base/index.ts';
import { createHttpTransport } from '../http/index.ts';
import { formatResult } from './format-result.ts';
import { runChaos } from './run-chaos.ts';

const usage =
  'usage: npm run chaos [-- --minutes N --seed S]      N > 0, at most 60; S an integer of 0 or more\n';

process.exitCode = await main();

/** 0 passed, 1 failed, 2 wrong usage, 130 interrupted. */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (!options) {
    process.stderr.write(usage);
    return 2;
  }
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => stop.abort(new Error('interrupted')));
  const http = createHttpTransport();
  try {
    const result = await runChaos({
      ...options,
      temporaryFolder: tmpdir(),
      // The programs of this suite have no secret to keep, and its own requests carry none.
      environment: { ...process.env, PROCTOR_TOKEN: undefined },
      clock: systemClock,
      transport: http.transport,
      tell: (line) => void process.stderr.write(`${line}\n`),
      signal: stop.signal,
    });
    const command = `npm run chaos -- --minutes ${options.minutes} --seed ${options.seed}`;
    process.stdout.write(`${formatResult(result, command)}\n`);
    return result.problems.length === 0 ? 0 : 1;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    return 130;
  } finally {
    await http.close();
  }
}

interface Options {
  readonly minutes: number;
  readonly seed: number;
  readonly keep: boolean;
}

function readOptions(words: string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args: words,
      options: {
        minutes: { type: 'string', default: '1' },
        seed: { type: 'string' },
        keep: { type: 'boolean', default: false },
      },
    });
    const minutes = Number(values.minutes);
    const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
    if (!(minutes > 0 && minutes <= 60) || !Number.isSafeInteger(seed) || seed < 0) return undefined;
    return { minutes, seed, keep: values.keep };
  } catch {
    return undefined;
  }
}
