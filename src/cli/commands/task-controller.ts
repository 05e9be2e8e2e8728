import { ProctorError } from '../../base/index.ts';
import { createController, isWorkerPattern } from '../../controller/index.ts';
import { createHttpServer, createHttpTransport } from '../../http/index.ts';
import { apiPrefix, controllerRoutes } from '../../protocol/index.ts';
import { checkPortFree } from '../../launcher/index.ts';
import { openControllerStore, type StoreOptions } from '../controller-store.ts';
import { readControllerTimes } from '../controller-times.ts';
import { openLog } from '../open-log.ts';
import { parseDuration, parseLogLevel, parsePort } from '../parse-options.ts';
import { readServerAccess, type ServerAccessOptions } from '../server-access.ts';
import { closeServer, serverExitCode, whenAborted } from '../serve.ts';
import type { Shell } from '../shell.ts';
import { reportListening, watchStopRequests } from '../signals.ts';
import { readVersion } from '../version.ts';

export interface TaskControllerOptions extends ServerAccessOptions, StoreOptions {
  readonly port: string;
  readonly logLevel: string;
  readonly workerAllow?: readonly string[];
  readonly closeLimit: string;
  /** Times, by the flags of `controllerTimes`. */
  readonly [time: string]: unknown;
}

const command = 'proctor task-controller';

/** Serves until it is told to stop; gives the exit code. */
export async function runTaskController(options: TaskControllerOptions, shell: Shell): Promise<number> {
  const { clock } = shell;
  const port = parsePort(options.port, { flag: '--port', command });
  const { log } = openLog(shell, parseLogLevel(options.logLevel, { flag: '--log-level', command }));
  const { client, server: access, scheme, warning } = readServerAccess(options, { shell, command });
  if (warning !== undefined) log.warn(warning);
  const times = readControllerTimes(options, command);
  const closeLimitMs = parseDuration(options.closeLimit, { flag: '--close-limit', command });
  checkWorkerPatterns(options.workerAllow ?? []);
  const stop = watchStopRequests();
  // Told before the store is found to be taken, which it is by whoever listens there.
  await checkPortFree(port, options.host);
  const store = await openControllerStore(options, { port, command, shell });
  const http = createHttpTransport(client);
  const controller = createController({
    clock,
    log,
    transport: http.transport,
    store,
    version: readVersion(),
    options: times,
    workerAllow: options.workerAllow,
  });
  try {
    const server = createHttpServer(controllerRoutes, controller.handlers, {
      log,
      ...access,
      pages: controller.pages,
      streams: controller.streams,
    });
    const boundPort = await server.listen({ host: options.host, port });
    log.info(`task-controller listens on ${scheme}://${options.host}:${boundPort}${apiPrefix}`);
    reportListening(boundPort);
    await whenAborted(stop.signal);
    log.info('task-controller stops');
    controller.endWaits();
    await closeServer(server, { clock, log, limitMs: closeLimitMs });
  } finally {
    controller.close();
    await http.close();
    await store.close();
  }
  return serverExitCode(stop);
}

function checkWorkerPatterns(patterns: readonly string[]): void {
  const wrong = patterns.find((pattern) => !isWorkerPattern(pattern));
  if (wrong === undefined) return;
  const wanted =
    'a host or host:port, where * stands for anything, such as localhost, 10.0.0.* or [::1]:5001';
  throw new ProctorError('usage-invalid', { problem: `--worker-allow is "${wrong}"`, wanted, command });
}
