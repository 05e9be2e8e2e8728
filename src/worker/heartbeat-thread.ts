import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { systemClock, type Logger } from '../base/index.ts';
import { createHttpTransport } from '../http/index.ts';
import type { HeartbeatOrder, HeartbeatReport, HeartbeatStart } from './heartbeat-messages.ts';
import { Heartbeat } from './heartbeat.ts';
import { Pulse } from './pulse.ts';

// The program of a thread: it sends heartbeats for as long as the worker's main thread moves.
if (parentPort) runHeartbeats(parentPort, workerData as HeartbeatStart);

function runHeartbeats(port: MessagePort, start: HeartbeatStart): void {
  const { introduction, controller, options } = start;
  const report = (message: HeartbeatReport) => port.postMessage(message);
  const http = createHttpTransport(controller.access);
  const pulse = new Pulse(systemClock, start.pulse);
  const heartbeat = new Heartbeat(introduction, {
    controller: { transport: http.transport, address: controller.address },
    clock: systemClock,
    log: createReportingLog(report),
    options,
    measureStandstill: () => pulse.measureStandstill(),
  });
  const stop = async () => {
    await heartbeat.stop();
    await http.close();
    report({ type: 'stopped' });
  };
  port.on('message', (order: HeartbeatOrder) => {
    if (order.type === 'owners')
      for (const [session, owner] of order.owners) heartbeat.setOwner(session, owner);
    else if (order.type === 'concurrency') heartbeat.setConcurrency(order.concurrency);
    else void stop();
  });
  heartbeat.start();
}

function createReportingLog(report: (message: HeartbeatReport) => void): Logger {
  const at =
    (level: keyof Logger): Logger[typeof level] =>
    (message, fields) =>
      report({ type: 'log', level, message, fields });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
