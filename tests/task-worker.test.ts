import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { listWorkers, untilWorkers } from './fixtures/api.ts';
import { echoDefinition } from './fixtures/configs.ts';
import { makeFolder } from './fixtures/folder.ts';
import { takePort } from './fixtures/ports.ts';
import { runProctor, startProctor } from './fixtures/program.ts';
import { until } from './fixtures/until.ts';

/** A task of a user's in TypeScript, which imports the package by its name. */
const ownTask = `
import { Task, type Outcome, type Session } from 'proctor';
import { z } from 'zod';
export class Greeting extends Task {
  static readonly parameters = z.object({ greeting: z.string() });
  constructor(private readonly parameters: { readonly greeting: string }) { super(); }
  override getIndices() { return ['a', 'b']; }
  override async startSample(index: string, session: Session): Promise<Outcome> {
    await session.action({ role: 'user', content: this.parameters.greeting + ' ' + index });
    return { status: 'completed', result: 0.75 };
  }
  override calculateOverall() { return { score: 1 }; }
}
`;

async function startController() {
  const program = startProctor(['task-controller', '-p', '0']);
  const [, address = ''] = await program.seen(/listens on (\S+)/);
  return { program, address, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}

describe('proctor task-worker', () => {
  it('joins its controller, and says goodbye at SIGTERM', async () => {
    await using folder = await makeFolder({ 'tasks.yaml': stringify({ 'my-echo': echoDefinition() }) });
    await using controller = await startController();
    const words = ['task-worker', 'my-echo', '-c', 'tasks.yaml', '-p', '0', '-C', controller.address];
    await using worker = startProctor(words, { cwd: folder.path });
    const [, port] = await worker.seen(/listens on http:\/\/127\.0\.0\.1:(\d+)/);
    // Listed by the name among its parameters, as AgentBench has it.
    expect(await untilWorkers(controller.address, 'echo', 1)).toEqual([`http://localhost:${port}/api`]);
    worker.kill('SIGTERM');
    expect((await worker.exited).code).toBe(0);
    await until('it to be unlisted', async () => !(await listWorkers(controller.address))['echo']);
  });

  it('waits for a controller that is not there yet', async () => {
    await using folder = await makeFolder({ 'tasks.yaml': stringify({ echo: echoDefinition() }) });
    await using taken = await takePort();
    const { port } = taken;
    await taken[Symbol.asyncDispose]();
    const address = `http://localhost:${port}/api`;
    await using worker = startProctor(['task-worker', 'echo', '-c', 'tasks.yaml', '-p', '0', '-C', address], {
      cwd: folder.path,
    });
    await worker.seen(/listens on/);
    await using controller = startProctor(['task-controller', '-p', String(port), '--memory']);
    await controller.seen(/listens on/);
    await untilWorkers(address, 'echo', 1);
  });

  it('plays a user’s own task from a TypeScript file', async () => {
    await using folder = await makeFolder({
      'tasks/tasks.yaml': stringify({
        mine: { module: './mine.ts#Greeting', parameters: { greeting: 'hello' } },
      }),
      'tasks/mine.ts': ownTask,
    });
    await using controller = await startController();
    const words = ['task-worker', 'mine', '-c', 'tasks/tasks.yaml', '-p', '0', '-C', controller.address];
    await using worker = startProctor(words, { cwd: folder.path });
    await worker.seen(/listens on/);
    await untilWorkers(controller.address, 'mine', 1);
    const start = await post(`${controller.address}/start_sample`, { name: 'mine', index: 'b' });
    expect(start.output.history).toEqual([{ role: 'user', content: 'hello b' }]);
    const end = await post(`${controller.address}/interact`, {
      session_id: start.session_id,
      agent_response: { content: 'hi' },
    });
    expect(end.output).toMatchObject({ index: 'b', status: 'completed', result: 0.75 });
  });

  it('names the file and line of wrong parameters of a user’s task', async () => {
    await using folder = await makeFolder({
      'tasks.yaml': 'mine:\n  module: ./mine.ts#Greeting\n  parameters:\n    greeting: 5\n',
      'mine.ts': ownTask,
    });
    const { code, stderr } = await runProctor(['task-worker', 'mine', '-c', 'tasks.yaml', '-p', '0'], {
      cwd: folder.path,
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/parameters\.greeting/);
    expect(stderr).toMatch(/where: tasks\.yaml:4/);
  });

  it.each([
    ['an unknown task', 'ech', 'echo: {module: echo}', /error: .*ech.*\n.*tasks\.yaml.*\n.*echo/],
    ['an unknown module', 'echo', 'echo: {module: ecko}', /error: .*"ecko"\n.*tasks\.yaml:1.*\n.*dbbench/],
    [
      'wrong parameters',
      'echo',
      'echo:\n  module: echo\n  parameters: {samples: many}',
      /samples.*\n.*tasks\.yaml:3/,
    ],
    [
      'concurrency 0',
      'echo',
      'echo:\n  module: echo\n  parameters: {concurrency: 0}',
      /concurrency.*\n.*tasks\.yaml:3/,
    ],
    ['a missing user’s file', 'x', 'x: {module: ./no.ts#X}', /error: .*no\.ts/],
    ['a missing class', 'x', 'x: {module: ./empty.ts#X}', /error: .*empty\.ts#X/],
  ])('refuses %s with file and line', async (_what, name, tasks, expected) => {
    await using folder = await makeFolder({ 'tasks.yaml': `${tasks}\n`, 'empty.ts': 'export class Y {}\n' });
    const { code, stderr } = await runProctor(['task-worker', name, '-c', 'tasks.yaml', '-p', '0'], {
      cwd: folder.path,
    });
    expect(stderr).toMatch(expected);
    expect(code).toBe(2);
  });

  it('says that its port is taken', async () => {
    await using taken = await takePort();
    const { code, stderr } = await runProctor(['task-worker', 'echo', '-p', String(taken.port)]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${taken.port} is already in use`);
  });
});

async function post(url: string, body: unknown) {
  const headers = { 'content-type': 'application/json' };
  const reply = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(reply.status).toBe(200);
  return (await reply.json()) as {
    session_id: number;
    output: { index: unknown; status: string; result: unknown; history: unknown };
  };
}
