import { ProctorError, sleep, type Clock } from '../base/index.ts';
import { controllerRoutes, TransportError, WireError, type SampleIndex } from '../protocol/index.ts';
import { noReply, type ControllerLink, type LinkCall } from './controller-link.ts';
import type { EvaluationObserver } from './observer.ts';
import type { EvaluationTimings } from './timings.ts';

export interface TaskToLearn {
  readonly task: string;
  readonly controllerName: string;
  readonly link: ControllerLink;
  readonly clock: Clock;
  readonly timings: EvaluationTimings;
  readonly observer: Required<EvaluationObserver>;
  readonly stop: AbortSignal;
}

/**
 * Asks a controller for a task's samples, and waits for controller and task, which may be starting.
 * Throws `task-absent`, `controller-unreachable`, `controller-refused`, `reply-invalid`, or the stop's reason.
 */
export async function learnIndices(wanted: TaskToLearn): Promise<readonly SampleIndex[]> {
  const { task, controllerName, link, clock, timings, observer, stop } = wanted;
  const call: LinkCall = { timeoutMs: timings.lookupMs, repeatOn: noReply, signal: stop };
  const startMs = clock.now();
  for (let isFirst = true; ; isFirst = false) {
    try {
      const listed = await link.call(controllerRoutes.getIndices, { query: { name: controllerName } }, call);
      return pickIndices(listed, (problem) => observer.notice(`Task ${task}: ${problem}`));
    } catch (error) {
      if (!isTaskUnknown(error)) throw explainFailure(wanted, 'get_indices', error);
      const leftMs = startMs + timings.taskPatienceMs - clock.now();
      if (leftMs <= 0) throw await describeAbsence(wanted, call);
      if (isFirst) {
        const seconds = Math.round(timings.taskPatienceMs / 1000);
        observer.waiting(
          `The controller at ${link.address} does not know ${task} yet; waiting for a worker, up to ${seconds} s`,
        );
      }
      await sleep(clock, Math.min(timings.pollPeriodMs, leftMs), stop);
    }
  }
}

/** Leaves out what no sample can be kept under: a worker may list anything. */
function pickIndices(listed: readonly unknown[], warn: (problem: string) => void): readonly SampleIndex[] {
  const isIndex = (entry: unknown): entry is SampleIndex =>
    typeof entry === 'string' || Number.isSafeInteger(entry);
  const odd = listed.filter((entry) => !isIndex(entry));
  const shown = JSON.stringify(odd.slice(0, 5)).slice(1, -1);
  if (odd.length > 0) warn(`${odd.length} indices are neither integer nor string and are left out: ${shown}`);
  const indices = listed.filter(isIndex);
  const distinct = [...new Set(indices)];
  const repeated = indices.length - distinct.length;
  if (repeated > 0) warn(`${repeated} indices are listed more than once; each sample is played once`);
  return distinct;
}

function isTaskUnknown(error: unknown): boolean {
  return error instanceof WireError && /Task does not exist/.test(error.message);
}

async function describeAbsence(wanted: TaskToLearn, call: LinkCall): Promise<ProctorError> {
  const { controllerName, link } = wanted;
  try {
    const listed = await link.call(controllerRoutes.listWorkers, {}, call);
    const known = Object.keys(listed).join(', ') || 'none at all';
    return new ProctorError('task-absent', { address: link.address, task: controllerName, known });
  } catch (error) {
    throw explainFailure(wanted, 'list_workers', error);
  }
}

function explainFailure(wanted: TaskToLearn, operation: string, error: unknown): unknown {
  const { address } = wanted.link;
  if (error instanceof TransportError && !wanted.stop.aborted) {
    return new ProctorError('controller-unreachable', { address, reason: error.message }, { cause: error });
  }
  if (error instanceof WireError) {
    const { status, message } = error;
    return new ProctorError(
      'controller-refused',
      { address, operation, status, detail: message },
      { cause: error },
    );
  }
  return error;
}
