import type { ConfigNode, ConfigScalar } from './config-node.ts';
import type { ScalarKind } from './resolve-scalar.ts';

export type YamlEntry = readonly [key: string, value: ConfigNode];

/** A mapping's entries: `<<` sources lie under its own keys wherever they stand; of a repeated key the last wins. */
export function mergeEntries(
  own: readonly YamlEntry[],
  merged: readonly ConfigNode[],
): ReadonlyMap<string, ConfigNode> {
  const entries = new Map<string, ConfigNode>();
  for (const source of merged) {
    if (source.kind === 'mapping') for (const [key, value] of source.entries) entries.set(key, value);
  }
  for (const [key, value] of own) entries.set(key, value);
  return entries;
}

/** A key as JSON writes it: `yes:` is the key "true", `010:` the key "8", `1.0:` the key "1.0". */
export function keyText(kind: ScalarKind, value: ConfigScalar): string {
  if (kind === 'float' && Number.isInteger(value)) return `${String(value)}.0`;
  return String(value);
}
