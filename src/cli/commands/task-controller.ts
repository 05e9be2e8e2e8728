import { createController } from '../../controller/index.ts';
import { createHttpServer, createHttpTransport } from '../../http/index.ts';
import { apiPrefix, controllerRoutes } from '../../protocol/index.ts';
import { openLog } from '../open-log.ts';
import { parseLogLevel, parsePort } from '../parse-options.ts';
import { closeServer, serverExitCode, whenAborted } from '../serve.ts';
import type { Shell } from '../shell.ts';
import { reportListening, watchStopRequests } from '../signals.ts';

export interface TaskControllerOptions {
  readonly port: string;
  readonly host: string;
  readonly logLevel: string;
}

const command = 'proctor task-controller';

/** Serves until it is told to stop; gives the exit code. */
export async function runTaskController(options: TaskControllerOptions, shell: Shell): Promise<number> {
  const { clock } = shell;
  const port = parsePort(options.port, { flag: '--port', command });
  const { log } = openLog(shell, parseLogLevel(options.logLevel, { flag: '--log-level', command }));
  const stop = watchStopRequests();
  const http = createHttpTransport();
  const controller = createController({ clock, log, transport: http.transport });
  const server = createHttpServer(controllerRoutes, controller.handlers, log);
  const boundPort = await server.listen({ host: options.host, port });
  log.info(`task-controller listens on http://${options.host}:${boundPort}${apiPrefix}`);
  reportListening(boundPort);
  await whenAborted(stop.signal);
  log.info('task-controller stops');
  await closeServer(server, clock, log);
  controller.close();
  await http.close();
  return serverExitCode(stop);
}
