import { loadConfig, parseTaskDefinitions, type TaskDefinition } from '../../config/index.ts';
import { createHttpServer, createHttpTransport } from '../../http/index.ts';
import { checkPortFree, selfAddress } from '../../launcher/index.ts';
import { apiPrefix, workerRoutes } from '../../protocol/index.ts';
import { createTaskWorker } from '../../worker/index.ts';
import { listedNameOf, readCount } from '../check-parameters.ts';
import { createTask } from '../create-task.ts';
import { openLog } from '../open-log.ts';
import { parseAddress, parseLogLevel, parsePort } from '../parse-options.ts';
import { closeServer, serverExitCode, whenAborted } from '../serve.ts';
import type { Shell } from '../shell.ts';
import { reportListening, watchStopRequests } from '../signals.ts';
import { locateTaskDefinitions } from '../task-source.ts';

export interface TaskWorkerCommandOptions {
  readonly config: string;
  readonly port: string;
  readonly host: string;
  readonly controller: string;
  readonly self?: string;
  readonly logLevel: string;
}

const command = 'proctor task-worker';

/** The samples and the task are each given so long at the end; together less than a supervisor waits. */
const stopGraceMs = 2_000;
/** AgentBench v0.2 shows an agent no more of a long history than this. */
const agentBenchSegments = 3_500;

/** Hosts one task until it is told to stop; gives the exit code. */
export async function runTaskWorker(
  name: string,
  options: TaskWorkerCommandOptions,
  shell: Shell,
): Promise<number> {
  const { clock, folder } = shell;
  const port = parsePort(options.port, { flag: '--port', command });
  const address = parseAddress(options.controller, { flag: '--controller', command });
  const { log, secrets } = openLog(shell, parseLogLevel(options.logLevel, { flag: '--log-level', command }));
  const stop = watchStopRequests();
  await checkPortFree(port, options.host);
  const definition = readDefinition(name, options.config, { shell, secrets });
  const concurrency = readCount(definition, 'concurrency') ?? 1;
  const historySegments = readCount(definition, 'history_segments') ?? usualSegments(definition);
  const task = await createTask({ name, definition, folder, log, clock });
  const listedName = listedNameOf(name, definition);
  const worker = await createTaskWorker({
    name: listedName,
    task,
    concurrency,
    historySegments,
    clock,
    log,
    options: { stopGraceMs },
  });
  const server = createHttpServer(workerRoutes, worker.handlers, log);
  const boundPort = await server.listen({ host: options.host, port });
  const ownAddress = options.self ?? selfAddress(boundPort);
  log.info(`task-worker ${listedName} listens on http://${options.host}:${boundPort}${apiPrefix}`, {
    concurrency,
  });
  reportListening(boundPort);
  const http = createHttpTransport();
  worker.introduce({ transport: http.transport, address }, ownAddress);
  await whenAborted(stop.signal);
  log.info(`task-worker ${listedName} stops`);
  await worker.close();
  await closeServer(server, clock, log);
  await http.close();
  return serverExitCode(stop);
}

function readDefinition(
  name: string,
  file: string,
  { shell, secrets }: { readonly shell: Shell; readonly secrets: string[] },
): TaskDefinition {
  const loaded = loadConfig(file);
  const at = locateTaskDefinitions(loaded.value);
  const read = parseTaskDefinitions(loaded, { environment: shell.environment, only: [name], at });
  secrets.push(...read.secrets);
  return read.definitions.get(name) as TaskDefinition;
}

/** A definition that names AgentBench's class is played by AgentBench's rule. */
function usualSegments(definition: TaskDefinition): number | undefined {
  return definition.module.startsWith('src.server.tasks.') ? agentBenchSegments : undefined;
}
