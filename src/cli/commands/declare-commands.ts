import { Option, type Command } from 'commander';
import { defaultControllerAddress, defaultControllerPort, defaultWorkerPort } from '../../protocol/index.ts';
import { defaultPatience } from '../patience.ts';
import { controllerTimes, type TimeFlag } from '../controller-times.ts';
import { defaultStuckAfter } from '../fleet-options.ts';
import { logLevels } from '../pretty-log.ts';
import { defaultCloseLimit } from '../serve.ts';
import type { Shell } from '../shell.ts';
import { defaultTasksFile } from '../task-source.ts';
import { insecureFlag, maxBodyFlag, tlsCaFlag, tlsCertFlag, tlsKeyFlag, tokenFlag } from './access-flags.ts';
import type { AgentTestOptions } from './agent-test.ts';
import type { AssignerOptions } from './assigner.ts';
import type { ConfigOptions } from './config.ts';
import type { RunOptions } from './run.ts';
import type { StartTaskOptions } from './start-task.ts';
import type { TaskControllerOptions } from './task-controller.ts';
import type { TaskWorkerCommandOptions } from './task-worker.ts';

export interface CommandSetting {
  readonly shell: Shell;
  readonly onExit: (exitCode: number) => void;
}

const outputHelp =
  'output folder, in the place of the file\'s "output"; one with results in it is gone on with';

/** Adds every command to the program. A command's own code is loaded when it runs, so that help and usage errors come at once. */
export function declareCommands(program: Command, setting: CommandSetting): void {
  declareRun(program, setting);
  declareTaskController(program, setting);
  declareStartTask(program, setting);
  declareTaskWorker(program, setting);
  declareAssigner(program, setting);
  declareConfig(program, setting);
  declareAgentTest(program, setting);
  declareDoctor(program, setting);
}

function declareRun(program: Command, { shell, onExit }: CommandSetting): void {
  program
    .command('run')
    .description('Run an evaluation in one go: a controller, its workers and the assigner.')
    .argument('<config>', 'assignment file')
    .option('-r, --auto-retry', 'try a sample again that failed by no doing of its agent')
    .option('--max-attempts <n>', 'how often a sample is tried in all, with --auto-retry', '3')
    .option('--poison-after <n>', 'set a sample aside when so many workers have died under it', '3')
    .addOption(patienceOption())
    .option('--output <folder>', outputHelp)
    .option(
      '--tasks <file>',
      'definitions of the tasks that the assignment file names only the client of',
      defaultTasksFile,
    )
    .addOption(stuckAfterOption())
    .addOption(passedTimeOption(controllerTimes.sessionTimeoutMs))
    .addOption(passedTimeOption(controllerTimes.stepTimeoutMs))
    .addOption(tokenFlag())
    .addOption(insecureFlag())
    .addOption(logLevelOption())
    .addHelpText(
      'after',
      examples(
        'proctor run configs/assignments/quickstart.yaml',
        'proctor run configs/assignments/quickstart.yaml --auto-retry --output outputs/mine',
      ),
    )
    .action(async (config: string, options: RunOptions) =>
      onExit(await (await import('./run.ts')).runEverything(config, options, shell)),
    );
}

function declareTaskController(program: Command, { shell, onExit }: CommandSetting): void {
  const command = program
    .command('task-controller')
    .description('Serve a controller: it knows all workers, places sessions on them and relays turns.')
    .option('-p, --port <port>', 'port to listen on; 0 is any free one', String(defaultControllerPort))
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option(
      '--store <file>',
      'what it must not forget when it is killed (default: .proctor/controller-<port>.sqlite; none with port 0)',
    )
    .option('--memory', 'keep nothing on disk')
    .option(
      '--worker-allow <pattern...>',
      'the only places where workers may be: host or host:port, * for any text (default: anywhere)',
    )
    .addOption(tokenFlag())
    .addOption(insecureFlag())
    .addOption(tlsCertFlag())
    .addOption(tlsKeyFlag())
    .addOption(tlsCaFlag())
    .addOption(maxBodyFlag());
  for (const { flag, usual, meaning } of Object.values<TimeFlag>(controllerTimes))
    command.option(`${flag} <duration>`, meaning, usual);
  command
    .option('--close-limit <duration>', 'requests under way at the end are given so long', defaultCloseLimit)
    .addOption(logLevelOption())
    .addHelpText(
      'after',
      examples(
        'proctor task-controller',
        'PROCTOR_TOKEN=… proctor task-controller -p 5050 --host 0.0.0.0',
        "proctor task-controller --session-timeout 30m --worker-allow localhost '10.0.0.*'",
      ),
    )
    .action(async (options: TaskControllerOptions) =>
      onExit(await (await import('./task-controller.ts')).runTaskController(options, shell)),
    );
}

function declareStartTask(program: Command, { shell, onExit }: CommandSetting): void {
  program
    .command('start-task')
    .description('Start workers (and a controller) and keep them running until this command is stopped.')
    .option('--config <file>', 'what there is to start', 'configs/start_task.yaml')
    .option(
      '-s, --start <name n...>',
      'tasks and numbers of workers, in the place of the file\'s whole "start"',
    )
    .option('-a, --auto-controller', 'start a controller unless one answers at its address')
    .option(
      '-p, --base-port <port>',
      'port of the first worker; the others follow it. 0 gives each any free one',
      String(defaultWorkerPort),
    )
    .option(
      '-l, --controller <address>',
      `address of the controller (default: the file's "controller", or "${defaultControllerAddress}")`,
    )
    .addOption(stuckAfterOption())
    .addOption(passedTimeOption(controllerTimes.sessionTimeoutMs))
    .addOption(passedTimeOption(controllerTimes.stepTimeoutMs))
    .addOption(tokenFlag())
    .addOption(insecureFlag())
    .addOption(tlsCaFlag())
    .addOption(logLevelOption())
    .addHelpText(
      'after',
      examples(
        'proctor start-task -a',
        'proctor start-task -a -s dbbench 2 echo 1',
        'proctor start-task --config my_start.yaml -p 6001 -l http://localhost:6000/api',
      ),
    )
    .action(async (options: StartTaskOptions) =>
      onExit(await (await import('./start-task.ts')).runStartTask(options, shell)),
    );
}

function declareTaskWorker(program: Command, { shell, onExit }: CommandSetting): void {
  program
    .command('task-worker')
    .description('Serve one task: play its samples for the controller.')
    .argument('<name>', 'name of the task in the file')
    .option('-c, --config <file>', 'file with its definition', defaultTasksFile)
    .option('-p, --port <port>', 'port to listen on; 0 is any free one', String(defaultWorkerPort))
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('-C, --controller <address>', 'address of the controller', defaultControllerAddress)
    .option(
      '-s, --self <address>',
      'address under which the controller reaches this worker (default: http://localhost:<port>/api)',
    )
    .option('--heartbeat <duration>', 'pause between two signs of life to the controller', '8s')
    .option(
      '--stuck-after <duration>',
      'give no more signs of life when the task has kept the event loop busy for so long',
      '30s',
    )
    .addOption(tokenFlag())
    .addOption(insecureFlag())
    .addOption(tlsCertFlag())
    .addOption(tlsKeyFlag())
    .addOption(tlsCaFlag())
    .addOption(maxBodyFlag())
    .addOption(logLevelOption())
    .addHelpText(
      'after',
      examples('proctor task-worker dbbench', 'proctor task-worker echo -c my_tasks.yaml -p 5002'),
    )
    .action(async (name: string, options: TaskWorkerCommandOptions) =>
      onExit(await (await import('./task-worker.ts')).runTaskWorker(name, options, shell)),
    );
}

function declareAssigner(program: Command, { shell, onExit }: CommandSetting): void {
  program
    .command('assigner')
    .description('Let the agents of an assignment file play its tasks, and keep the outcomes.')
    .option('-c, --config <file>', 'assignment file', 'configs/assignments/default.yaml')
    .option('-r, --auto-retry', 'try a sample again that failed by no doing of its agent')
    .option('--max-attempts <n>', 'how often a sample is tried in all, with --auto-retry', '3')
    .option('--poison-after <n>', 'set a sample aside when so many workers have died under it', '3')
    .addOption(patienceOption())
    .option('--output <folder>', outputHelp)
    .addOption(tokenFlag())
    .addOption(tlsCaFlag())
    .addOption(logLevelOption())
    .addHelpText(
      'after',
      examples(
        'proctor assigner',
        'proctor assigner -c my_assignment.yaml --auto-retry',
        'proctor assigner -c my_assignment.yaml --output outputs/2026-11-24-05-47-50     (goes on there)',
      ),
    )
    .action(async (options: AssignerOptions) =>
      onExit(await (await import('./assigner.ts')).runAssigner(options, shell)),
    );
}

function declareConfig(program: Command, { shell, onExit }: CommandSetting): void {
  program
    .command('config')
    .description(
      'Show a configuration file as it is read: imports resolved, environment filled, secrets hidden.',
    )
    .argument('<file>', 'configuration file')
    .option('-o, --output <format>', 'yaml or json', 'yaml')
    .addHelpText(
      'after',
      examples('proctor config configs/start_task.yaml', 'proctor config configs/start_task.yaml -o json'),
    )
    .action(async (file: string, options: ConfigOptions) =>
      onExit(await (await import('./config.ts')).runConfig(file, options, shell)),
    );
}

function declareAgentTest(program: Command, { shell, onExit }: CommandSetting): void {
  program
    .command('agent-test')
    .description('Talk to one agent: each line of the input is sent, each answer printed.')
    .requiredOption('--agent <name>', 'name of the agent in the file')
    .option('--config <file>', 'agents file or assignment file', 'configs/agents/api_agents.yaml')
    .addOption(logLevelOption())
    .addHelpText(
      'after',
      examples(
        'proctor agent-test --agent openai',
        'echo "Hello" | proctor agent-test --config configs/agents/scripted.yaml --agent scripted-wrong',
      ),
    )
    .action(async (options: AgentTestOptions) =>
      onExit(await (await import('./agent-test.ts')).runAgentTest(options, shell)),
    );
}

function declareDoctor(program: Command, { shell, onExit }: CommandSetting): void {
  program
    .command('doctor')
    .description('Try what this machine can do: which sandbox is used for what models write, and why.')
    .addHelpText(
      'after',
      examples('proctor doctor', 'DOCKER_HOST=unix:///run/podman/podman.sock proctor doctor'),
    )
    .action(async () => onExit(await (await import('./doctor.ts')).runDoctor(shell)));
}

function logLevelOption(): Option {
  return new Option('--log-level <level>', `the least that is logged: ${logLevels.join(', ')}`).default(
    'info',
  );
}

function stuckAfterOption(): Option {
  const description = 'kill and restart a program of ours whose event loop has stood still for so long';
  return new Option('--stuck-after <duration>', description).default(defaultStuckAfter);
}

/** A time of the controller that is started; without the flag it is that controller's own. */
function passedTimeOption({ flag, usual, meaning }: TimeFlag): Option {
  return new Option(`${flag} <duration>`, `${meaning} (default: ${usual})`);
}

function patienceOption(): Option {
  const description = 'how long a controller or worker that does not answer is waited for';
  return new Option('--patience <duration>', description).default(defaultPatience);
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}
