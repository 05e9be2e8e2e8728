import { join } from 'node:path';
import { ProctorError, type Clock } from '../base/index.ts';
import type { SampleIndex } from '../protocol/index.ts';
import type { ControllerLink } from './controller-link.ts';
import { ExpectedLengths } from './expected-lengths.ts';
import { learnIndices } from './learn-indices.ts';
import type { EvaluationObserver } from './observer.ts';
import { PairState, type TaskSamples } from './pair-state.ts';
import type { Assignment, EvaluationPlan } from './plan.ts';
import { countUnscored, PairFiles, readDone, readOverall, type FileSystem } from './results/index.ts';
import { SampleOrder } from './sample-order.ts';
import { TaskPresence } from './task-presence.ts';
import type { PairWork, TaskRuntime } from './task-runtime.ts';
import { TaskSlots } from './task-slots.ts';
import type { EvaluationTimings } from './timings.ts';

export interface OpenDependencies {
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  readonly timings: EvaluationTimings;
  readonly observer: Required<EvaluationObserver>;
  readonly linkTo: (address: string) => ControllerLink;
  readonly stop: AbortSignal;
}

export interface OpenedPairs {
  readonly pairs: readonly PairWork[];
  /** How long samples took before, and what the pairs' samples are ordered by. */
  readonly lengths: ExpectedLengths;
  /** Pairs whose task no worker came for. */
  readonly absent: readonly Assignment[];
}

/**
 * Finds out for each pair what is done and what is left. A task is asked for its samples once, and only if a pair of it is not complete.
 * A task that nobody has a worker for does not keep the others waiting for ever: its pairs are left out.
 * Throws as `learnIndices` and `PairFiles.prepare` do, `task-absent` only when no task is there.
 */
export async function openPairs(plan: EvaluationPlan, dependencies: OpenDependencies): Promise<OpenedPairs> {
  const failed = new AbortController();
  const stop = AbortSignal.any([dependencies.stop, failed.signal]);
  const shared = { ...dependencies, stop };
  const runtimeOf = memoize((task) => makeRuntime(plan, task, shared));
  const lengths = new ExpectedLengths();
  const samplesOf = memoize(async (task) => ({
    order: new SampleOrder(await learnIndices({ ...runtimeOf(task), ...shared })),
    lengths: lengths.of(task),
  }));
  const opening = { ...shared, folder: plan.folder, samplesOf, runtimeOf };
  const underWay = plan.pairs.map((assignment) => openIfPresent(assignment, opening));
  try {
    const opened = await Promise.all(underWay);
    // In the plan's order, whichever was read first: the same files are to give the same order of samples.
    for (const pair of opened) if (!isAbsence(pair)) noteLengths(pair, lengths);
    return { ...sortOut(plan.pairs, opened, dependencies.observer), lengths };
  } catch (error) {
    // After a failure nothing goes on in the background.
    failed.abort(error);
    await Promise.allSettled(underWay);
    throw error;
  }
}

type AbsentTask = ProctorError<'task-absent'>;

/** A pair, and how long its samples took before. */
interface OpenedPair {
  readonly work: PairWork;
  readonly seconds: ReadonlyMap<SampleIndex, number>;
}

function noteLengths({ work, seconds: before }: OpenedPair, lengths: ExpectedLengths): void {
  const { agent, task } = work.pair;
  for (const [index, seconds] of before) lengths.note({ agent, task, index, seconds });
}

async function openIfPresent(assignment: Assignment, opening: PairOpening): Promise<OpenedPair | AbsentTask> {
  try {
    return await openPair(assignment, opening);
  } catch (error) {
    if (isAbsence(error)) return error;
    throw error;
  }
}

function isAbsence(value: unknown): value is AbsentTask {
  return ProctorError.is(value) && value.code === 'task-absent';
}

function sortOut(
  assignments: readonly Assignment[],
  opened: readonly (OpenedPair | AbsentTask)[],
  observer: Required<EvaluationObserver>,
): Omit<OpenedPairs, 'lengths'> {
  const pairs = opened.flatMap((outcome) => (isAbsence(outcome) ? [] : [outcome.work]));
  const errors = opened.filter(isAbsence);
  if (pairs.length === 0 && errors[0]) throw errors[0];
  for (const message of new Set(errors.map((error) => error.message)))
    observer.notice(`${message}; its samples are not played`);
  return { pairs, absent: assignments.filter((_, position) => isAbsence(opened[position])) };
}

function memoize<Value>(make: (task: string) => Value): (task: string) => Value {
  const made = new Map<string, Value>();
  return (task) => {
    const value = made.get(task) ?? make(task);
    made.set(task, value);
    return value;
  };
}

interface PairOpening extends OpenDependencies {
  readonly folder: string;
  readonly samplesOf: (task: string) => Promise<TaskSamples>;
  readonly runtimeOf: (task: string) => TaskRuntime;
}

async function openPair(assignment: Assignment, opening: PairOpening): Promise<OpenedPair> {
  const { agent, task } = assignment;
  const { fileSystem, observer } = opening;
  const files = new PairFiles(fileSystem, join(opening.folder, agent, task));
  const runtime = opening.runtimeOf(task);
  const overall = await readOverall(fileSystem, files.overall);
  // With unscored samples it is no end: those are played again.
  if (overall && countUnscored(overall.unscored) === 0)
    return { work: { files, runtime, pair: PairState.restore(assignment, overall) }, seconds: new Map() };
  const samples = await opening.samplesOf(task);
  await files.prepare(observer.notice);
  const runs = { fileSystem, file: files.runs, indices: samples.order.positions, warn: observer.notice };
  const done = await readDone(runs);
  return {
    work: { files, runtime, pair: PairState.begin(assignment, samples, done) },
    seconds: done.seconds,
  };
}

function makeRuntime(plan: EvaluationPlan, task: string, dependencies: OpenDependencies): TaskRuntime {
  return {
    task,
    controllerName: plan.controllerNameOf?.(task) ?? task,
    link: dependencies.linkTo(plan.controllerOf(task)),
    slots: new TaskSlots(plan.taskConcurrency[task] ?? 0),
    presence: new TaskPresence(dependencies.timings.taskAbsenceMs),
  };
}
