import { isJsonObject, type Json, type JsonObject } from '../../base/index.ts';
import { nodeAt } from '../config-node.ts';
import { fillEnvironment, type Environment } from '../fill-environment.ts';
import type { LoadedConfig } from '../loaded-config.ts';
import { assignmentFileKeys, assignmentFileSchema } from './assignment-file.ts';
import { expandPairs, type AssignedKind, type AssignmentPair } from './assignment-pairs.ts';
import { configFault, parseConfig } from './config-fault.ts';
import { positiveInteger } from './config-values.ts';
import { readModuleDefinition, type ModuleDefinition } from './module-definition.ts';
import { expandOutputTemplate } from './output-template.ts';
import { readStart } from './start-config.ts';
import { readTaskDefinition, type TaskDefinition } from './task-definitions.ts';

/** An evaluation as its file describes it: only what is assigned, and all of that defined and limited. */
export interface AssignmentConfig {
  readonly agents: ReadonlyMap<string, ModuleDefinition>;
  readonly tasks: ReadonlyMap<string, TaskDefinition>;
  /** Most sessions at a time, 1 or more, of each assigned agent and task. */
  readonly concurrency: {
    readonly agents: ReadonlyMap<string, number>;
    readonly tasks: ReadonlyMap<string, number>;
  };
  readonly pairs: readonly AssignmentPair[];
  /** Template of the output folder, for `expandOutputTemplate`. */
  readonly output: string;
  /** Workers of each assigned task that `proctor run` starts; empty when the file does not say. */
  readonly start: ReadonlyMap<string, number>;
  readonly warnings: readonly string[];
  /** What was filled from the environment. */
  readonly secrets: readonly string[];
  /** Top-level keys that mean nothing here. */
  readonly extras: JsonObject;
}

const defaultOutput = 'output/{TIMESTAMP}';

/**
 * Reads an assignment file; unknown keys are ignored. With an `environment`, `${NAME}` is filled in what is used, so that
 * a variable of an agent that is not assigned need not be set. Throws `config-invalid` or `environment-missing`.
 */
export function parseAssignmentConfig(loaded: LoadedConfig, environment?: Environment): AssignmentConfig {
  // 1. What is assigned?
  const outer = fill(loaded, environment, [['assignments'], ['output'], ['start']]);
  const file = parseConfig(assignmentFileSchema, outer);
  const defined = { agent: Object.keys(file.definition.agent), task: Object.keys(file.definition.task) };
  const { pairs, warnings } = expandPairs({ loaded: outer, assignments: file.assignments, defined });
  const used = { agent: namesIn(pairs, 'agent'), task: namesIn(pairs, 'task') };
  // 2. Only that is filled and read.
  const filled = fill(outer, environment, [...pathsOf('agent', used.agent), ...pathsOf('task', used.task)]);
  const start = readStart(filled, defined.task);
  const limited = { agent: Object.keys(file.concurrency.agent), task: Object.keys(file.concurrency.task) };
  return {
    agents: new Map(
      used.agent.map((name) => [name, readModuleDefinition(filled, ['definition', 'agent', name])]),
    ),
    tasks: new Map(used.task.map((name) => [name, readTaskDefinition(filled, ['definition', 'task', name])])),
    concurrency: {
      agents: readConcurrency(filled, 'agent', used.agent),
      tasks: readConcurrency(filled, 'task', used.task),
    },
    pairs,
    output: readOutput(filled, file.output),
    start: new Map([...start].filter(([name]) => used.task.includes(name))),
    warnings: [
      ...warnings,
      ...warnOfUnused('defined', defined, used),
      ...warnOfUnused('given a concurrency', limited, used),
      ...warnOfUnused('to be started', { agent: [], task: [...start.keys()] }, used),
    ],
    secrets: filled.secrets,
    extras: extrasOf(filled.value),
  };
}

type Names = Readonly<Record<AssignedKind, readonly string[]>>;

function fill(
  loaded: LoadedConfig,
  environment: Environment | undefined,
  paths: readonly string[][],
): LoadedConfig {
  return environment ? fillEnvironment(loaded, environment, paths) : loaded;
}

function pathsOf(kind: AssignedKind, names: readonly string[]): string[][] {
  return names.flatMap((name) => [
    ['definition', kind, name],
    ['concurrency', kind, name],
  ]);
}

function namesIn(pairs: readonly AssignmentPair[], kind: AssignedKind): readonly string[] {
  return [...new Set(pairs.map((pair) => pair[kind]))];
}

function readConcurrency(loaded: LoadedConfig, kind: AssignedKind, names: readonly string[]) {
  const limits = names.map((name): [string, number] => {
    const path = ['concurrency', kind, name];
    if (nodeAt(loaded.tree, path)) return [name, parseConfig(positiveInteger, loaded, path)];
    const problem = `Concurrency of ${name} is not specified.`;
    throw configFault(loaded, { path, problem, wanted: `an integer of 1 or more under concurrency.${kind}` });
  });
  return new Map(limits);
}

/** A template that could not be expanded later is refused now, before anything starts. */
function readOutput(loaded: LoadedConfig, written: string | null | undefined): string {
  const output = written ?? defaultOutput;
  if (output.trim() === '') {
    throw configFault(loaded, {
      path: ['output'],
      problem: 'output is empty',
      wanted: 'the path of a folder',
    });
  }
  expandOutputTemplate(output, 0, loaded.locate(['output']));
  return output;
}

function warnOfUnused(what: string, given: Names, used: Names): readonly string[] {
  return (['agent', 'task'] as const).flatMap((kind) => {
    const unused = given[kind].filter((name) => !used[kind].includes(name));
    if (unused.length === 0) return [];
    return [`In no assignment, though ${what}, and so left out: ${kind} ${unused.join(', ')}`];
  });
}

function extrasOf(value: Json): JsonObject {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(Object.entries(value).filter(([key]) => !assignmentFileKeys.includes(key)));
}
