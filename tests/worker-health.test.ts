import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { listWorkers, untilWorkers } from './fixtures/api.ts';
import { echoDefinition } from './fixtures/configs.ts';
import { makeFolder, type Folder } from './fixtures/folder.ts';
import { mainFile, startProctor } from './fixtures/program.ts';
import { until } from './fixtures/until.ts';

/** Keeps its worker's event loop busy until the test lets it go on. */
const busyTask = `
import { existsSync, writeFileSync } from 'node:fs';
import { Task, type Outcome, type Session } from 'proctor';
export class Busy extends Task {
  override getIndices() { return [0]; }
  override async startSample(_index: number, session: Session): Promise<Outcome> {
    await session.action({ role: 'user', content: 'go?' });
    writeFileSync('busy', '');
    while (!existsSync('release'));
    return { status: 'completed', result: session.id };
  }
  override calculateOverall() { return { score: 1 }; }
}
`;

async function startBusySystem(stuckAfter: string) {
  const folder = await makeFolder({
    'busy.ts': busyTask,
    'tasks.yaml': stringify({ busy: { module: './busy.ts', parameters: { concurrency: 2 } } }),
  });
  const controller = startProctor(['task-controller', '-p', '0', '--silence-limit', '3s', '--memory']);
  const [, address = ''] = await controller.seen(/listens on (\S+)/);
  const times = ['--heartbeat', '200ms', '--stuck-after', stuckAfter];
  const words = ['task-worker', 'busy', '-c', 'tasks.yaml', '-p', '0', '-C', address, ...times];
  const worker = startProctor(words, { cwd: folder.path });
  await untilWorkers(address, 'busy', 1);
  const readWorker = async () => Object.values((await listWorkers(address))['busy']?.workers ?? {})[0];
  return {
    folder,
    address,
    readWorker,
    async [Symbol.asyncDispose]() {
      await folder.write('release', '');
      await worker[Symbol.asyncDispose]();
      await controller[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Starts a sample and has the worker's event loop stand still; gives what the turn comes to. */
async function keepBusy(address: string, folder: Folder): Promise<{ readonly turn: Promise<Response> }> {
  const start = await post(address, 'start_sample', { name: 'busy', index: 0 });
  const { session_id } = (await start.json()) as { readonly session_id: number };
  const turn = post(address, 'interact', { session_id, agent_response: { content: 'yes' }, turn: 1 });
  await until('the task to be busy', () => existsSync(path.join(folder.path, 'busy')));
  return { turn };
}

function post(address: string, operation: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${address}/${operation}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

describe('a worker whose task keeps its event loop busy', () => {
  it('stays listed as alive for as long as it may', async () => {
    await using system = await startBusySystem('1h');
    const { address, folder, readWorker } = system;
    const { turn } = await keepBusy(address, folder);
    const visitAtFirst = (await readWorker())?.last_visit ?? Number.NaN;
    const statuses = new Set<number | undefined>();
    await until('it to be heard of for longer than the controller bears silence', async () => {
      const worker = await readWorker();
      statuses.add(worker?.status);
      return (worker?.last_visit ?? 0) > visitAtFirst + 6;
    });
    expect([...statuses]).toEqual([0]);
    await folder.write('release', '');
    expect((await turn).status).toBe(200);
  });

  it('is silent once it has stood still for too long, and is back when it moves again', async () => {
    await using system = await startBusySystem('1s');
    const { address, folder, readWorker } = system;
    const { turn } = await keepBusy(address, folder);
    await until('it to be silent', async () => (await readWorker())?.status === 1);
    await folder.write('release', '');
    await until('it to be back', async () => (await readWorker())?.status === 0);
    await turn;
  });
});

describe('a worker with a rule to be replaced', () => {
  const definition = { ...echoDefinition({ turns: 1 }), recycle: { samples: 1 } };

  it('ends with exit code 75 after its sample, and answers the pings of its supervisor until then', async () => {
    await using folder = await makeFolder({ 'tasks.yaml': stringify({ echo: definition }) });
    const words = ['task-worker', 'echo', '-c', 'tasks.yaml', '-p', '0', '-C', 'http://localhost:9/api'];
    const worker = fork(mainFile, words, { cwd: folder.path, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    try {
      const [{ port }] = (await once(worker, 'message')) as [{ readonly port: number }];
      const answer = once(worker, 'message');
      worker.send({ type: 'ping' });
      expect((await answer)[0]).toEqual({ type: 'pong' });
      const address = `http://localhost:${port}/api`;
      await post(address, 'start_sample', { index: 0, session_id: 1 });
      const exited = once(worker, 'exit');
      const end = await post(address, 'interact', { session_id: 1, agent_response: { content: 'x' } });
      expect(await end.json()).toMatchObject({ output: { status: 'completed' } });
      expect(await exited).toEqual([75, null]);
    } finally {
      worker.kill('SIGKILL');
    }
  });

  it('goes on and says why when nobody would start it again', async () => {
    await using folder = await makeFolder({ 'tasks.yaml': stringify({ echo: definition }) });
    const words = ['task-worker', 'echo', '-c', 'tasks.yaml', '-p', '0', '-C', 'http://localhost:9/api'];
    await using worker = startProctor(words, { cwd: folder.path });
    await worker.seen(/"recycle" is ignored/);
    const [, port] = await worker.seen(/listens on http:\/\/127\.0\.0\.1:(\d+)/);
    for (const session_id of [1, 2]) {
      const start = await post(`http://localhost:${port}/api`, 'start_sample', { index: 0, session_id });
      expect(start.status).toBe(200);
      await post(`http://localhost:${port}/api`, 'interact', {
        session_id,
        agent_response: { content: 'x' },
      });
    }
  });
});
