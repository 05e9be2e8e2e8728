import type { ConfigNode } from './config-node.ts';

/** Whose place a merged mapping or list takes; what is inside keeps its own. */
export type PlaceOwner = 'under' | 'over';

/**
 * Lays `over` on `under`: mappings key by key, lists one after the other; of any other two kinds `over` stands, null too.
 */
export function mergeNodes(under: ConfigNode, over: ConfigNode, owner: PlaceOwner): ConfigNode {
  const place = (owner === 'under' ? under : over).place;
  if (under.kind === 'mapping' && over.kind === 'mapping') {
    const entries = new Map(under.entries);
    for (const [key, value] of over.entries) {
      const below = entries.get(key);
      entries.set(key, below ? mergeNodes(below, value, owner) : value);
    }
    return { kind: 'mapping', place, entries };
  }
  if (under.kind === 'list' && over.kind === 'list') {
    return { kind: 'list', place, items: [...under.items, ...over.items] };
  }
  return over;
}
