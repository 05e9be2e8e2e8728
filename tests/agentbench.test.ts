import { cp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sharedData, sharedDataMissing } from '../src/testing/shared-data.ts';
import { startFakeModelServer } from '../src/testing/fake-model-server.ts';
import { untilWorkers } from './fixtures/api.ts';
import { makeFolder, type Folder } from './fixtures/folder.ts';
import { findFreePorts } from './fixtures/ports.ts';
import { startProctor } from './fixtures/program.ts';

const controllerPort = 5000;

/** AgentBench's own tree with its data; only the model's address is another, and the default ports where they are taken. */
async function makeProject(modelUrl: string, controller: string): Promise<Folder> {
  const folder = await makeFolder();
  const data = sharedData ?? '';
  await cp(path.join(data, 'agentbench/configs/agentbench-v0.2'), path.join(folder.path, 'configs'), {
    recursive: true,
  });
  await folder.write(
    'data/dbbench/standard.jsonl',
    await readFile(path.join(data, 'agentbench/dbbench/dev.jsonl'), 'utf8'),
  );
  await copyProblems(path.join(data, 'agentbench/os_interaction'), folder);
  await replaceIn(
    folder,
    'configs/agents/openai-chat.yaml',
    'https://api.openai.com/v1/chat/completions',
    modelUrl,
  );
  await replaceIn(
    folder,
    'configs/assignments/definition.yaml',
    `http://localhost:${controllerPort}/api`,
    controller,
  );
  return folder;
}

interface Problem {
  readonly create?: unknown;
  readonly evaluation: { readonly check?: unknown };
}

/** What can be played from the folder alone: three problems that need no other script than the checkers there. */
async function copyProblems(source: string, folder: Folder): Promise<void> {
  const problems = JSON.parse(await readFile(path.join(source, '3/ac.json'), 'utf8')) as readonly Problem[];
  const playable = problems
    .filter(({ create }) => !JSON.stringify(create ?? '').includes('"file"'))
    .slice(0, 3);
  // The configuration names seven folders.
  for (let number = 1; number <= 7; number++) {
    await folder.write(
      `data/os_interaction/data/${number}/ac.json`,
      JSON.stringify(number === 3 ? playable : []),
    );
    await cp(path.join(source, 'scripts'), path.join(folder.path, `data/os_interaction/scripts/${number}`), {
      recursive: true,
    });
  }
}

async function replaceIn(folder: Folder, file: string, from: string, to: string): Promise<void> {
  await folder.write(file, (await folder.read(file)).replaceAll(from, to));
}

describe.skipIf(!sharedData)(`AgentBench's own tree${sharedData ? '' : ` (${sharedDataMissing})`}`, () => {
  it('runs: start-task starts what there is, the assigner plays default.yaml', async () => {
    await using server = await startFakeModelServer({
      // One for both tasks: each finds its own words.
      replies: ['Action: Answer\nFinal Answer: ["1"]\n\nThink: that is it.\n\nAct: finish'],
    });
    const port = await findFreePorts(12);
    const controller = `http://localhost:${port}/api`;
    await using folder = await makeProject(server.chatUrl, controller);
    const cwd = folder.path;
    const place = ['-l', controller, '-p', String(port + 1)];
    await using system = startProctor(['start-task', '-a', ...place], { cwd });
    await untilWorkers(controller, 'dbbench-std', 5);
    await untilWorkers(controller, 'os-std', 5);
    await using assigner = startProctor(['assigner', '--output', 'out'], { cwd });
    expect(await assigner.exited, assigner.stderr).toEqual({ code: 0, signal: null });
    expect(assigner.stdout).toMatch(/gpt-3\.5-turbo-0613 +dbbench-std +60 +60 +0/);
    expect(assigner.stdout).toMatch(/gpt-3\.5-turbo-0613 +os-std +3 +3 +0/);
    expect(await folder.readLines(`out/gpt-3.5-turbo-0613/os-std/runs.jsonl`)).toHaveLength(3);
    expect(await folder.readLines(`out/gpt-3.5-turbo-0613/dbbench-std/runs.jsonl`)).toHaveLength(60);
    system.kill('SIGTERM');
    expect((await system.exited).code).toBe(0);
    expect(system.processes()).toEqual([]);
  });
});
