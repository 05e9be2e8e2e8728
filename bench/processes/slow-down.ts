import { Server } from 'node:http';
import { open } from 'node:fs/promises';

// Loaded into a program before its own code: makes each served request and each sync of a file take longer, without changing the program.
const micros = Number(process.env['BENCH_SLOW_DOWN_MICROS']);

const emit = Reflect.get(Server.prototype, 'emit');
Server.prototype.emit = function (this: Server, event: string | symbol, ...details: unknown[]): boolean {
  if (event === 'request') spin();
  return Reflect.apply(emit, this, [event, ...details]) as boolean;
};

const handle = await open(process.execPath, 'r');
const fileHandle = Object.getPrototypeOf(handle) as {
  datasync: () => Promise<void>;
  read: (...input: unknown[]) => unknown;
};
await handle.close();
const { datasync, read } = fileHandle;
fileHandle.datasync = function () {
  spin();
  return Reflect.apply(datasync, this, []);
};
fileHandle.read = function (...input) {
  spin();
  return Reflect.apply(read, this, input) as unknown;
};

function spin(): void {
  const endMs = performance.now() + micros / 1000;
  while (performance.now() < endMs);
}
