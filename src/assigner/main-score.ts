import { isJsonObject, type Json } from '../base/index.ts';

export interface MainScore {
  /** Where the figure stands: `score`, `overall.acc`. */
  readonly name: string;
  readonly value: number;
}

/** The names of a task's main figure, best known first. */
const knownNames = ['score', 'overall_cat_accuracy', 'acc', 'accuracy', 'success_rate', 'reward'] as const;
/** Groups that hold the figures over everything. */
const knownGroups = ['overall', 'total', 'average', 'main'] as const;

/**
 * The one figure that stands for a task's overall result: one of the known names, the same in a group such as `overall`, else the
 * first number that there is. Undefined when there is none.
 */
export function pickMainScore(custom: Json | undefined): MainScore | undefined {
  if (typeof custom === 'number') return { name: 'score', value: custom };
  if (!isJsonObject(custom)) return undefined;
  const named = pickNamed(custom, '');
  if (named) return named;
  for (const group of knownGroups) {
    const value = custom[group];
    if (typeof value === 'number') return { name: group, value };
    const inside = isJsonObject(value) ? pickNamed(value, `${group}.`) : undefined;
    if (inside) return inside;
  }
  return pickFirst(custom, '');
}

function pickNamed(figures: { readonly [key: string]: Json }, prefix: string): MainScore | undefined {
  for (const name of knownNames) {
    const value = figures[name];
    if (typeof value === 'number') return { name: prefix + name, value };
  }
  return undefined;
}

function pickFirst(figures: { readonly [key: string]: Json }, prefix: string): MainScore | undefined {
  for (const [key, value] of Object.entries(figures)) {
    if (typeof value === 'number') return { name: prefix + key, value };
    const inside = isJsonObject(value) ? pickFirst(value, `${prefix}${key}.`) : undefined;
    if (inside) return inside;
  }
  return undefined;
}
