import type { LoadedConfig } from '../loaded-config.ts';
import { configFault, listNames } from './config-fault.ts';
import { refuseFolderName } from './folder-name.ts';

export type AssignedKind = 'agent' | 'task';

/** One agent that is to play one task. */
export interface AssignmentPair {
  readonly agent: string;
  readonly task: string;
  /** How many slots it gets for one of a pair of weight 1, where both want more than there are; above 0. */
  readonly weight: number;
}

export interface AssignmentEntry {
  readonly agent: readonly string[];
  readonly task: readonly string[];
  /** Of each of its pairs. */
  readonly weight: number;
}

export interface PairSource {
  readonly loaded: LoadedConfig;
  readonly assignments: readonly AssignmentEntry[];
  readonly defined: Readonly<Record<AssignedKind, readonly string[]>>;
}

/**
 * Every agent of an entry with every task of it, in the order of the file, each pair once; a repeated one is warned of, and the
 * weight of its first entry counts.
 * Throws `config-invalid` for a name that is not defined or cannot be a folder.
 */
export function expandPairs(source: PairSource): {
  pairs: readonly AssignmentPair[];
  warnings: readonly string[];
} {
  const pairs = new Map<string, AssignmentPair>();
  const warnings = new Set<string>();
  source.assignments.forEach((entry, index) => {
    checkNames(source, index, 'agent');
    checkNames(source, index, 'task');
    for (const agent of entry.agent) {
      for (const task of entry.task) {
        const id = JSON.stringify([agent, task]);
        if (pairs.has(id))
          warnings.add(`Agent ${agent} is assigned to task ${task} more than once; it is kept once.`);
        else pairs.set(id, { agent, task, weight: entry.weight });
      }
    }
  });
  return { pairs: [...pairs.values()], warnings: [...warnings] };
}

function checkNames({ loaded, assignments, defined }: PairSource, index: number, kind: AssignedKind): void {
  const title = kind === 'agent' ? 'Agent' : 'Task';
  assignments[index]?.[kind].forEach((name, position) => {
    const path = ['assignments', index, kind, position];
    const refusal = refuseFolderName(name);
    if (refusal !== undefined) {
      const problem = `The ${kind} name ${JSON.stringify(name)} ${refusal}`;
      const wanted =
        'a name that can be a folder: no / or \\, no control characters, no dot at its beginning, 255 bytes at most';
      throw configFault(loaded, { path, problem, wanted });
    }
    if (defined[kind].includes(name)) return;
    const problem = `${title} ${name} is not defined.`;
    throw configFault(loaded, { path, problem, wanted: `one of ${listNames(defined[kind])}` });
  });
}
