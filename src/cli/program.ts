import { Command, CommanderError } from 'commander';
import { ProctorError } from '../base/index.ts';
import { declareCommands } from './commands/index.ts';
import { exitCodes, type Shell } from './shell.ts';
import { readVersion } from './version.ts';

const overview = `
The four programs of an evaluation:
  task-controller   knows all workers, places sessions and relays turns
  start-task        starts workers (and a controller) and keeps them running
  task-worker       hosts one task
  assigner          lets agents play samples and keeps the outcomes

Examples:
  $ proctor run configs/assignments/quickstart.yaml      everything in one go
  $ proctor start-task -a                                controller and workers, as configs/start_task.yaml says
  $ proctor assigner -c configs/assignments/default.yaml

Exit codes: 0 done, 1 some samples failed, 2 wrong usage or configuration, 130 interrupted.`;

/** Runs the command that the arguments name and gives its exit code. Throws what the command throws, and `usage-invalid`. */
export async function runProgram(words: readonly string[], shell: Shell): Promise<number> {
  const version = readVersion();
  let exitCode: number = exitCodes.done;
  const program = new Command('proctor')
    .description('Evaluates language-model agents in interactive environments.')
    .addHelpText('after', overview);
  declareCommands(program, { shell, onExit: (code) => (exitCode = code) });
  for (const command of [program, ...program.commands]) settle(command, { version, shell });
  try {
    await program.parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return exitCodes.done;
    // The help was written in place of an error: a command was wanted.
    if (error.code === 'commander.help') return exitCodes.wrongUsage;
    throw error;
  }
}

interface Settings {
  readonly version: string;
  readonly shell: Shell;
}

/** What all commands have in common: versions, where they write, and errors in this program's form. */
function settle(command: Command, { version, shell }: Settings): void {
  command
    .version(version, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: (text) => shell.stdout.write(text),
      writeErr: (text) => shell.stderr.write(text),
      // Told by the error itself, in this program's form.
      outputError: () => undefined,
    })
    .exitOverride((error) => {
      if (error.exitCode === 0 || error.code === 'commander.help') throw error;
      throw describeUsageError(command, error);
    });
}

function describeUsageError(command: Command, { message }: CommanderError): ProctorError {
  const name = command.parent ? `${command.parent.name()} ${command.name()}` : command.name();
  const problem = message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  return new ProctorError('usage-invalid', { problem, wanted: `${name} ${command.usage()}`, command: name });
}
