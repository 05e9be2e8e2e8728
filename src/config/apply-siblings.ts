import type { ConfigNode, MappingNode } from './config-node.ts';
import { mergeNodes } from './merge-nodes.ts';

/**
 * Resolves `default` (laid under each sibling) and `overwrite` (laid over each) at every depth, inner levels first and
 * `overwrite` before `default`. Neither key remains.
 */
export function applySiblings(node: ConfigNode): ConfigNode {
  if (node.kind === 'list') return { ...node, items: node.items.map(applySiblings) };
  if (node.kind === 'mapping') return applyInMapping(node);
  return node;
}

function applyInMapping({ place, entries }: MappingNode): ConfigNode {
  const resolved = new Map([...entries].map(([key, value]) => [key, applySiblings(value)] as const));
  const under = resolved.get('default');
  const over = resolved.get('overwrite');
  resolved.delete('default');
  resolved.delete('overwrite');
  for (const [key, value] of resolved) {
    const overwritten = over ? mergeNodes(value, over, 'under') : value;
    resolved.set(key, under ? mergeNodes(under, overwritten, 'over') : overwritten);
  }
  return { kind: 'mapping', place, entries: resolved };
}
