#!/usr/bin/env node
import { systemClock } from '../base/index.ts';
import { tokenVariable } from '../launcher/index.ts';
import { exitCodeOf, formatError } from './print-error.ts';
import { runProgram } from './program.ts';
import type { Output, Shell } from './shell.ts';

const environment = { ...process.env };
// What tasks and agents start inherits this process's environment, and need not know the token.
delete process.env[tokenVariable];

const shell: Shell = {
  environment,
  folder: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  clock: systemClock,
  secrets: [],
  ownCommand: { command: process.execPath, arguments: [...process.execArgv, process.argv[1] ?? ''] },
};

// Whoever read the output may be gone before the program is (`| head`): no reason to fail.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);

const exitCode = await runToTheEnd();
await Promise.all([flush(process.stdout), flush(process.stderr)]);
// Whatever is still open, such as a connection that is kept for later, must not hold the program.
process.exit(exitCode);

async function runToTheEnd(): Promise<number> {
  try {
    return await runProgram(process.argv.slice(2), shell);
  } catch (error) {
    process.stderr.write(formatError(error, shell.secrets));
    return exitCodeOf(error);
  }
}

function flush(output: Output): Promise<void> {
  return new Promise((resolve) => {
    if (output.destroyed || output.writableLength === 0) resolve();
    else output.write('', () => resolve());
  });
}
