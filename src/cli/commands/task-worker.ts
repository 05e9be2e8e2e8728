import type { Logger } from '../../base/index.ts';
import { loadConfig, parseTaskDefinitions, type TaskDefinition } from '../../config/index.ts';
import { createHttpServer, type HttpServer } from '../../http/index.ts';
import { checkPortFree, selfAddress } from '../../launcher/index.ts';
import { apiPrefix, workerRoutes } from '../../protocol/index.ts';
import {
  createTaskWorker,
  defaultWorkerOptions,
  type RecycleRule,
  type WorkerOptions,
} from '../../worker/index.ts';
import { listedNameOf, readCount } from '../check-parameters.ts';
import { createTask } from '../create-task.ts';
import { openLog } from '../open-log.ts';
import { parseAddress, parseDuration, parseLogLevel, parsePort } from '../parse-options.ts';
import { readServerAccess, type ServerAccessOptions } from '../server-access.ts';
import { closeServer, serverExitCode, whenAborted } from '../serve.ts';
import { exitCodes, type Shell } from '../shell.ts';
import { reportListening, watchStopRequests } from '../signals.ts';
import { locateTaskDefinitions } from '../task-source.ts';

export interface TaskWorkerCommandOptions extends ServerAccessOptions {
  readonly config: string;
  readonly port: string;
  readonly controller: string;
  readonly self?: string;
  readonly heartbeat: string;
  readonly stuckAfter: string;
  readonly logLevel: string;
}

const command = 'proctor task-worker';

/** The samples and the task are each given so long at the end; together less than a supervisor waits. */
const stopGraceMs = 2_000;
/** Requests under way at the end are given so long; then their connections are dropped. */
const closeLimitMs = 1_500;
/** AgentBench v0.2 shows an agent no more of a long history than this. */
const agentBenchSegments = 3_500;

/** Hosts one task until it is told to stop, or is worn out by its own rule; gives the exit code. */
export async function runTaskWorker(
  name: string,
  options: TaskWorkerCommandOptions,
  shell: Shell,
): Promise<number> {
  const { clock, folder } = shell;
  const port = parsePort(options.port, { flag: '--port', command });
  const address = parseAddress(options.controller, { flag: '--controller', command });
  const { log, secrets } = openLog(shell, parseLogLevel(options.logLevel, { flag: '--log-level', command }));
  const workerOptions = readWorkerOptions(options);
  const { client, server: access, scheme, warning } = readServerAccess(options, { shell, command });
  if (warning !== undefined) log.warn(warning);
  const stop = watchStopRequests();
  await checkPortFree(port, options.host);
  const definition = readDefinition(name, options.config, { shell, secrets });
  const concurrency = readCount(definition, 'concurrency') ?? 1;
  const task = await createTask({
    name,
    definition,
    folder,
    log,
    clock,
    dockerHost: shell.environment['DOCKER_HOST'],
  });
  const listedName = listedNameOf(name, definition);
  const worker = await createTaskWorker({
    name: listedName,
    task,
    concurrency,
    historySegments: readCount(definition, 'history_segments') ?? usualSegments(definition),
    stepSeconds: definition.limits?.stepSeconds,
    recycle: readRecycleRule(definition, log),
    clock,
    log,
    options: workerOptions,
  });
  let server: HttpServer | undefined;
  try {
    server = createHttpServer(workerRoutes, worker.handlers, { log, ...access });
    const boundPort = await server.listen({ host: options.host, port });
    log.info(`task-worker ${listedName} listens on ${scheme}://${options.host}:${boundPort}${apiPrefix}`, {
      concurrency,
    });
    reportListening(boundPort);
    worker.introduceByThread({ address, access: client }, options.self ?? selfAddress(boundPort, scheme));
    await Promise.race([whenAborted(stop.signal), worker.wornOut]);
  } finally {
    log.info(`task-worker ${listedName} stops`);
    await worker.close();
    if (server) await closeServer(server, { clock, log, limitMs: closeLimitMs });
  }
  return stop.signal.aborted ? serverExitCode(stop) : exitCodes.recycle;
}

function readWorkerOptions({ heartbeat, stuckAfter }: TaskWorkerCommandOptions): Partial<WorkerOptions> {
  const heartbeatEveryMs = parseDuration(heartbeat, { flag: '--heartbeat', command });
  return {
    heartbeatEveryMs,
    heartbeatRetryMs: Math.min(heartbeatEveryMs, defaultWorkerOptions.heartbeatRetryMs),
    stuckAfterMs: parseDuration(stuckAfter, { flag: '--stuck-after', command }),
    stopGraceMs,
  };
}

/** A worker that nobody would start again goes on instead. */
function readRecycleRule({ recycle }: TaskDefinition, log: Logger): RecycleRule | undefined {
  if (!recycle || process.channel) return recycle;
  log.warn(
    '"recycle" is ignored: this worker has no line to a start-task that would start it again (nor has one in a container)',
  );
  return undefined;
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
