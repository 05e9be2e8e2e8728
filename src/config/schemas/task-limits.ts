import type { z } from 'zod';
import { nodeAt, type ConfigPath } from '../config-node.ts';
import type { LoadedConfig } from '../loaded-config.ts';
import { configFault, listNames, parseConfig } from './config-fault.ts';
import { anyMapping, positiveInteger, positiveNumber } from './config-values.ts';

/** How far a sample of a task may go; what is absent is not limited here. */
export interface TaskLimits {
  /** One step of the environment, in seconds; kept by the controller. */
  readonly stepSeconds?: number;
  /** A whole sample, in seconds; kept by the assigner, as the next two are. */
  readonly sampleSeconds?: number;
  /** Answers of the agent. */
  readonly turns?: number;
  /** Tokens that the agent's model reads and writes in a sample, as far as the agent tells. */
  readonly agentTokens?: number;
}

/** When a worker is replaced by a fresh one: as soon as one of these is reached. */
export interface RecycleRule {
  /** Samples that it has ended. */
  readonly samples?: number;
  /** Its resident memory, in MiB. */
  readonly rssMiB?: number;
  /** Minutes since it was started. */
  readonly minutes?: number;
}

/** Reads the `limits` of the definition at `path`; undefined when it has none. Throws `config-invalid`. */
export function readTaskLimits(loaded: LoadedConfig, path: ConfigPath): TaskLimits | undefined {
  return readNumbers(loaded, [...path, 'limits'], {
    stepSeconds: positiveNumber,
    sampleSeconds: positiveNumber,
    turns: positiveInteger,
    agentTokens: positiveInteger,
  });
}

/** Reads the `recycle` of the definition at `path`; undefined when it has none. Throws `config-invalid`. */
export function readRecycleRule(loaded: LoadedConfig, path: ConfigPath): RecycleRule | undefined {
  return readNumbers(loaded, [...path, 'recycle'], {
    samples: positiveInteger,
    rssMiB: positiveNumber,
    minutes: positiveNumber,
  });
}

/** A limit with a slip in its name would limit nothing, so unknown names are refused here. */
function readNumbers<Name extends string>(
  loaded: LoadedConfig,
  path: ConfigPath,
  schemas: Readonly<Record<Name, z.ZodType<number>>>,
): Partial<Record<Name, number>> | undefined {
  if (!nodeAt(loaded.tree, path)) return undefined;
  const known = Object.keys(schemas) as Name[];
  const wanted = `numbers for ${listNames(known)}`;
  const names = Object.keys(parseConfig(anyMapping(`a mapping of ${wanted}`), loaded, path));
  const numbers: Partial<Record<Name, number>> = {};
  for (const name of names) {
    const match = known.find((one) => one === name);
    if (match === undefined) {
      const problem = `${String(path.at(-1))} has no "${name}"`;
      throw configFault(loaded, { path: [...path, name], problem, wanted: `one of ${listNames(known)}` });
    }
    numbers[match] = parseConfig(schemas[match], loaded, [...path, match]);
  }
  return names.length > 0 ? numbers : undefined;
}
