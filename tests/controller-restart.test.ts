import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { untilWorkers } from './fixtures/api.ts';
import { echoDefinition, type EchoSetting } from './fixtures/configs.ts';
import { makeFolder, type Folder } from './fixtures/folder.ts';
import { findFreePorts } from './fixtures/ports.ts';
import { runProctor, startProctor, type Program } from './fixtures/program.ts';
import { until } from './fixtures/until.ts';

interface Reply {
  readonly status: number;
  readonly body: {
    readonly session_id?: number;
    readonly output?: { readonly status: string; readonly history: readonly unknown[] };
    readonly [field: string]: unknown;
  };
}

/** A worker of the echo task, and a controller in the same folder that can be killed and started again. */
class Bench implements AsyncDisposable {
  readonly folder: Folder;
  readonly address: string;
  readonly #port: string;
  #controller!: Program;
  #worker!: Program;

  private constructor(folder: Folder, port: number) {
    this.folder = folder;
    this.#port = String(port);
    this.address = `http://localhost:${port}/api`;
  }

  static async open(setting: EchoSetting): Promise<Bench> {
    const tasks = { echo: echoDefinition({ journal: 'journal.jsonl', ...setting }) };
    const folder = await makeFolder({ 'tasks.yaml': stringify(tasks) });
    const bench = new Bench(folder, await findFreePorts(1));
    await bench.startController();
    const words = ['task-worker', 'echo', '-c', 'tasks.yaml', '-p', '0', '-C', bench.address];
    bench.#worker = startProctor(words, { cwd: folder.path });
    await untilWorkers(bench.address, 'echo', 1);
    return bench;
  }

  async startController(): Promise<void> {
    this.#controller = startProctor(['task-controller', '-p', this.#port], { cwd: this.folder.path });
    await this.#controller.seen(/listens on/);
  }

  async killController(): Promise<void> {
    this.#controller.kill('SIGKILL');
    await this.#controller.exited;
  }

  async killWorker(): Promise<void> {
    this.#worker.kill('SIGKILL');
    await this.#worker.exited;
  }

  post(route: string, body: object): Promise<Reply> {
    return this.#ask(route, { method: 'POST', body: JSON.stringify(body) });
  }

  get(route: string): Promise<Reply> {
    return this.#ask(route, {});
  }

  async start(): Promise<number> {
    const { body } = await this.post('start_sample', { name: 'echo', index: 3, start_id: 'the only one' });
    return body.session_id ?? 0;
  }

  interact(session_id: number, turn: number): Promise<Reply> {
    return this.post('interact', { session_id, agent_response: { content: `answer ${turn}` }, turn });
  }

  /** Turns that the environment has played, in their order. */
  async played(): Promise<readonly unknown[]> {
    return (await this.folder.readLines('journal.jsonl')).map(({ turn }) => turn);
  }

  async #ask(route: string, request: RequestInit): Promise<Reply> {
    const headers = { 'content-type': 'application/json' };
    const reply = await fetch(`${this.address}/${route}`, { headers, ...request });
    return { status: reply.status, body: (await reply.json()) as Reply['body'] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker[Symbol.asyncDispose]();
    await this.#controller[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}

describe('a task-controller that was killed', () => {
  it('between turns goes on where it was, and the turn before it once more has the one reply', async () => {
    await using bench = await Bench.open({ turns: 3 });
    const id = await bench.start();
    const first = await bench.interact(id, 1);
    await bench.killController();
    await bench.startController();
    expect((await bench.get(`session_status?session_id=${id}`)).body).toMatchObject({
      name: 'echo',
      index: 3,
      state: 'waiting for agent',
      turn: 1,
      reason: null,
    });
    expect(await bench.interact(id, 1)).toEqual(first);
    expect((await bench.interact(id, 2)).body.output?.status).toBe('running');
    expect((await bench.interact(id, 3)).body.output?.status).toBe('completed');
    expect(await bench.played()).toEqual([1, 2, 3]);
    expect((await bench.get(`session_status?session_id=${id}`)).body).toMatchObject({
      state: 'ended',
      reason: 'finished',
    });
  });

  it('in the middle of a step gives its reply to whoever sends the turn again, and played it once', async () => {
    await using bench = await Bench.open({ turns: 2, delayMs: 1_500 });
    const id = await bench.start();
    const cut = bench.interact(id, 1).catch(() => 'cut');
    await until('the step to run', async () => {
      const { body } = await bench.get(`session_status?session_id=${id}`);
      return body['state'] === 'stepping';
    });
    await bench.killController();
    expect(await cut).toBe('cut');
    await bench.startController();
    expect((await bench.interact(id, 1)).body.output?.status).toBe('running');
    expect((await bench.interact(id, 2)).body.output?.status).toBe('completed');
    // The last reply may have been lost as well.
    expect((await bench.interact(id, 2)).body.output?.status).toBe('completed');
    expect(await bench.played()).toEqual([1, 2]);
  });

  it('after a start gives that session to whoever sends the start again', async () => {
    await using bench = await Bench.open({ turns: 1, concurrency: 2 });
    const first = await bench.start();
    await bench.killController();
    await bench.startController();
    expect(await bench.start()).toBe(first);
    expect(Object.keys((await bench.get('list_sessions')).body)).toEqual([String(first)]);
  });

  it('knows what became of a session whose worker was killed with it', async () => {
    await using bench = await Bench.open({ turns: 1 });
    const id = await bench.start();
    await bench.killController();
    await bench.killWorker();
    await bench.startController();
    await until('the worker to be found gone', async () => {
      const { body } = await bench.get(`session_status?session_id=${id}`);
      return body['reason'] === 'worker lost';
    });
    expect(await bench.interact(id, 1)).toMatchObject({ status: 400 });
  });
});

describe('a store', () => {
  it('is for one controller: a second one is refused, and the first goes on', async () => {
    await using bench = await Bench.open({});
    const [store = ''] = (await bench.folder.list('.proctor')).filter((name) => name.endsWith('.sqlite'));
    const words = ['task-controller', '-p', '0', '--store', path.join('.proctor', store)];
    const { code, stderr } = await runProctor(words, { cwd: bench.folder.path });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /error: Another task-controller keeps its sessions in .*\.sqlite: process \d+ on /,
    );
    expect(stderr).toMatch(/where: .*\n.*expected: one task-controller for a store\n.*--store/);
    expect((await bench.get('health')).body).toMatchObject({ status: 'ok', workers: 1 });
  });

  it('that is damaged is refused, never silently replaced', async () => {
    await using folder = await makeFolder();
    const file = path.join(folder.path, 'mine.sqlite');
    writeFileSync(file, 'nonsense '.repeat(500));
    const words = ['task-controller', '-p', '0', '--store', 'mine.sqlite'];
    const { code, stderr } = await runProctor(words, { cwd: folder.path });
    expect(code).toBe(2);
    expect(stderr).toContain(file);
    expect(stderr).toMatch(/--memory/);
    expect(await folder.read('mine.sqlite')).toBe('nonsense '.repeat(500));
  });

  it('is not made with --memory nor for a port of no name, and is closed by a clean end', async () => {
    await using folder = await makeFolder();
    for (const words of [
      ['-p', '0'],
      ['-p', String(await findFreePorts(1)), '--memory'],
    ]) {
      await using program = startProctor(['task-controller', ...words], { cwd: folder.path });
      await program.seen(/listens on/);
      expect(await folder.list()).toEqual([]);
    }
    await using program = startProctor(['task-controller', '-p', '0', '--store', 'a/b.sqlite'], {
      cwd: folder.path,
    });
    await program.seen(/listens on/);
    expect(existsSync(path.join(folder.path, 'a/b.sqlite'))).toBe(true);
    program.kill('SIGTERM');
    expect((await program.exited).code).toBe(0);
    expect(await folder.list('a')).toEqual(['b.sqlite']);
  });
});
