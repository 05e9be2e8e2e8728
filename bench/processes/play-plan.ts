import type { ScratchFolder } from '../scratch.ts';
import type { BenchSettings } from '../settings.ts';
import { names, writeAssignmentFile, writeTaskFile, type EvaluationPlan } from './evaluation-files.ts';
import { runAssigner, startController, startWorker } from './programs.ts';

/** Has an assigner play a plan on a controller and a worker that are there already, with results in `out`; gives the assigner's wall time in ms. */
export async function playPlan(
  settings: BenchSettings,
  folder: ScratchFolder,
  plan: EvaluationPlan,
): Promise<number> {
  const cwd = folder.path;
  await using controller = await startController(settings, cwd);
  const config = await writeTaskFile(folder, plan);
  const place = { task: names.task, config, controller: controller.origin, cwd };
  await using _worker = await startWorker(settings, place);
  const assignment = await writeAssignmentFile(folder, plan, controller.origin);
  await waitForWorker(controller.origin);
  return await runAssigner(settings, { config: assignment, output: 'out', cwd });
}

async function waitForWorker(origin: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${origin}/api/list_workers`);
    if (Object.keys((await response.json()) as object).length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
