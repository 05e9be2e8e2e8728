import type { Json, JsonObject } from '../base/index.ts';

/** Where something is written; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type ConfigScalar = null | boolean | number | string;

/** A value of a configuration that remembers where it was written. Nodes are never changed, so that they may be shared. */
export type ConfigNode = MappingNode | ListNode | ScalarNode;

export interface MappingNode {
  readonly kind: 'mapping';
  readonly place: Place;
  readonly entries: ReadonlyMap<string, ConfigNode>;
}

export interface ListNode {
  readonly kind: 'list';
  readonly place: Place;
  readonly items: readonly ConfigNode[];
}

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly place: Place;
  readonly value: ConfigScalar;
}

/** Keys and list positions from the root of a configuration to a value. */
export type ConfigPath = readonly (string | number)[];

export function formatPlace(place: Place): string {
  return `${place.file}:${place.line}:${place.column}`;
}

/** The node's plain value; an own key `__proto__` stays an ordinary key. */
export function toJson(node: ConfigNode): Json {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(toJson);
  const pairs = [...node.entries].map(([key, child]): [string, Json] => [key, toJson(child)]);
  return Object.fromEntries(pairs) as JsonObject;
}

/** The node at `path`, or the nearest one above it when there is none. */
export function nearestNode(root: ConfigNode, path: ConfigPath): ConfigNode {
  let node = root;
  for (const step of path) {
    const child = childOf(node, step);
    if (child === undefined) break;
    node = child;
  }
  return node;
}

/** The node at `path`; `undefined` when there is none. */
export function nodeAt(root: ConfigNode, path: ConfigPath): ConfigNode | undefined {
  let node: ConfigNode | undefined = root;
  for (const step of path) node = node && childOf(node, step);
  return node;
}

function childOf(node: ConfigNode, step: string | number): ConfigNode | undefined {
  if (node.kind === 'mapping') return node.entries.get(String(step));
  if (node.kind === 'list') return node.items[Number(step)];
  return undefined;
}
