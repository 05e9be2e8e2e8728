import { describe, expect, it } from 'vitest';
import { untilWorkers } from './fixtures/api.ts';
import { assignmentFile, echoDefinition, startFile } from './fixtures/configs.ts';
import { makeFolder, type Folder } from './fixtures/folder.ts';
import { hangingTask } from './fixtures/hanging-task.ts';
import { findFreePorts } from './fixtures/ports.ts';
import { runProctor, startProctor, type Program } from './fixtures/program.ts';
import { until } from './fixtures/until.ts';

interface Started extends AsyncDisposable {
  readonly program: Program;
  readonly controller: string;
  readonly folder: Folder;
  readonly pidOf: (command: 'task-worker' | 'task-controller') => number;
}

const hangingStart = startFile({ hanging: { module: './hanging.ts#Hanging' } }, { hanging: 1 });

/** A controller and one worker of the file's task, ready. */
async function start(startText: string, words: readonly string[] = []): Promise<Started> {
  const folder = await makeFolder({ 'start.yaml': startText, 'hanging.ts': hangingTask });
  const port = await findFreePorts(2);
  const controller = `http://localhost:${port}/api`;
  const program = startProctor(
    ['start-task', '--config', 'start.yaml', '-a', '-l', controller, '-p', String(port + 1), ...words],
    { cwd: folder.path },
  );
  await program.seen(/all 1 workers are ready/);
  return {
    program,
    controller,
    folder,
    pidOf(command) {
      const found = program.processes().find(({ commandLine }) => commandLine.includes(` ${command} `));
      if (!found) throw new Error(`no ${command} runs`);
      return found.pid;
    },
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function startSample(controller: string, name: string): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ name, index: 0 });
  const reply = await fetch(`${controller}/start_sample`, { method: 'POST', headers, body });
  await reply.text();
  return reply.status;
}

describe('a program that stands still', () => {
  it('is restarted when its task never gives the event loop back, and its sample can be started again', async () => {
    await using started = await start(hangingStart, ['--stuck-after', '3s']);
    const { program, controller, pidOf } = started;
    const first = pidOf('task-worker');
    expect(await startSample(controller, 'hanging')).not.toBe(200);
    await program.seen(
      /hanging \d+ was killed: its event loop stood still for [3-9].* s; it is started again/,
    );
    await until('the sample to start', async () => (await startSample(controller, 'hanging')) === 200);
    expect(pidOf('task-worker')).not.toBe(first);
  });

  it.each(['task-worker', 'task-controller'] as const)(
    'is restarted when it is a %s that was stopped',
    async (command) => {
      await using started = await start(startFile({ echo: echoDefinition() }, { echo: 1 }), [
        '--stuck-after',
        '3s',
      ]);
      const { program, controller, pidOf } = started;
      const first = pidOf(command);
      process.kill(first, 'SIGSTOP');
      await program.seen(/ was killed: its event loop stood still for [3-9].* s; it is started again/);
      await until('a fresh one', () =>
        program.processes().some(({ commandLine, pid }) => pid !== first && commandLine.includes(command)),
      );
      await untilWorkers(controller, 'echo', 1);
      await until('the sample to start', async () => (await startSample(controller, 'echo')) === 200);
    },
  );

  it('is ended also when start-task itself is killed, as is one that was stopped', async () => {
    await using started = await start(hangingStart);
    const { program, controller, folder, pidOf } = started;
    void startSample(controller, 'hanging').catch(() => undefined);
    await until('the task to hang', () =>
      folder.read('hung').then(
        () => true,
        () => false,
      ),
    );
    process.kill(pidOf('task-controller'), 'SIGSTOP');
    program.kill('SIGKILL');
    await until('everything to end', () => program.processes().length === 0);
  });
});

describe('a worker with a recycle rule', () => {
  it('is replaced after its samples, none of which is lost or played twice', async () => {
    const definition = { ...echoDefinition({ samples: 9, concurrency: 2 }), recycle: { samples: 3 } };
    await using started = await start(startFile({ echo: definition }, { echo: 1 }));
    const { program, controller, folder, pidOf } = started;
    const first = pidOf('task-worker');
    await folder.write('assignment.yaml', assignmentFile({ controller }));
    const { code, stderr } = await runProctor(['assigner', '-c', 'assignment.yaml'], { cwd: folder.path });
    expect(code, stderr).toBe(0);
    const runs = await folder.readLines('out/parrot/echo/runs.jsonl');
    expect(runs.map(({ index }) => index).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(program.stderr).toMatch(/echo \d+ has done its share; a fresh one takes its place/);
    expect(program.stderr).not.toContain('it is started again');
    await untilWorkers(controller, 'echo', 1);
    expect(pidOf('task-worker')).not.toBe(first);
  });
});
