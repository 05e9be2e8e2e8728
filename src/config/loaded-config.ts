import { resolve } from 'node:path';
import type { Json } from '../base/index.ts';
import { formatPlace, nearestNode, nodeAt, toJson, type ConfigNode, type ConfigPath } from './config-node.ts';

/** A resolved configuration that still knows where each of its values was written. */
export interface LoadedConfig {
  /** The file that was loaded, as its caller named it. */
  readonly file: string;
  readonly value: Json;
  /** What was filled from the environment, values and whole strings: to be kept off disk and screen. */
  readonly secrets: readonly string[];
  readonly tree: ConfigNode;
  /**
   * `file:line:column` of the value at `path`, or of the nearest one above it. A value that begins below its key counts
   * as written at the key.
   */
  locate(path: ConfigPath): string;
  /** Absolute path of the file in which the value at `path`, or the nearest one above it, was written. */
  locateFile(path: ConfigPath): string;
}

export function createLoadedConfig(
  file: string,
  tree: ConfigNode,
  secrets: readonly string[] = [],
): LoadedConfig {
  return {
    file,
    value: toJson(tree),
    secrets,
    tree,
    locate: (path) => formatPlace(nearestNode(tree, path).place),
    locateFile: (path) => resolve(nearestNode(tree, path).place.file),
  };
}

/** The part at `path` as a configuration of its own, whose paths begin there; null when there is nothing. */
export function selectPart(loaded: LoadedConfig, path: ConfigPath): LoadedConfig {
  const { place } = nearestNode(loaded.tree, path);
  const part = nodeAt(loaded.tree, path) ?? { kind: 'scalar', place, value: null };
  return createLoadedConfig(loaded.file, part, loaded.secrets);
}
