import type { z } from 'zod';
import { isJsonObject, type Json } from '../../../base/index.ts';
import { agentStatuses, sampleStatuses } from '../../sample.ts';
import type { FieldFault } from './schemas.ts';

/** One entry of a 422 reply's `detail`, in the reference's form. */
export type ValidationEntry = {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
  readonly ctx?: Json;
};

const entryOf: Record<
  Exclude<FieldFault, 'index' | 'status' | 'role' | 'content' | 'bound'>,
  readonly [string, string]
> = {
  integer: ['value is not a valid integer', 'type_error.integer'],
  string: ['str type expected', 'type_error.str'],
  dict: ['value is not a valid dict', 'type_error.dict'],
  list: ['value is not a valid list', 'type_error.list'],
};

/** Says in the reference's words what is wrong with a parsed body or query; one entry a fault, in field order. */
export function describeFields(
  error: z.ZodError,
  input: unknown,
  source: 'body' | 'query',
): readonly ValidationEntry[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
    const value = valueAt(input, path);
    if (issue.code === 'too_big' && issue.message === 'bound')
      return [boundEntry([source, ...path], { value, limit: Number(issue.maximum) })];
    return describeIssue(issue.message as SimpleFault, { loc: [source, ...path], value });
  });
}

/** The body is absent, or `null`: as if the parameter itself were missing. */
export function describeBodyFault(): readonly ValidationEntry[] {
  return [{ loc: ['body'], msg: 'field required', type: 'value_error.missing' }];
}

type SimpleFault = Exclude<FieldFault, 'bound'>;

/** A name is counted in its characters, a list in its items. */
function boundEntry(
  loc: ValidationEntry['loc'],
  { value, limit }: { readonly value: unknown; readonly limit: number },
): ValidationEntry {
  const [unit, type] = Array.isArray(value)
    ? ['items', 'value_error.list.max_items']
    : ['characters', 'value_error.any_str.max_length'];
  return { loc, msg: `ensure this value has at most ${limit} ${unit}`, type, ctx: { limit_value: limit } };
}

function describeIssue(
  fault: SimpleFault,
  at: { readonly loc: ValidationEntry['loc']; readonly value: unknown },
): readonly ValidationEntry[] {
  const { loc, value } = at;
  if (fault === 'content') {
    const msg = 'If status is NORMAL, content should not be None';
    return [{ loc: [...loc, '__root__'], msg, type: 'assertion_error' }];
  }
  if (value === undefined) return [{ loc, msg: 'field required', type: 'value_error.missing' }];
  if (value === null)
    return [{ loc, msg: 'none is not an allowed value', type: 'type_error.none.not_allowed' }];
  if (fault === 'index') return (['integer', 'string'] as const).map((kind) => simpleEntry(loc, kind));
  if (fault === 'role') {
    const msg = "unexpected value; permitted: 'user', 'agent'";
    return [
      { loc, msg, type: 'value_error.const', ctx: { given: value as Json, permitted: ['user', 'agent'] } },
    ];
  }
  if (fault === 'status') return [enumEntry(loc)];
  return [simpleEntry(loc, fault)];
}

function simpleEntry(loc: ValidationEntry['loc'], fault: keyof typeof entryOf): ValidationEntry {
  const [msg, type] = entryOf[fault];
  return { loc, msg, type };
}

function enumEntry(loc: ValidationEntry['loc']): ValidationEntry {
  const permitted = loc.includes('agent_response') ? agentStatuses : sampleStatuses;
  const msg = `value is not a valid enumeration member; permitted: ${permitted.map((word) => `'${word}'`).join(', ')}`;
  return { loc, msg, type: 'type_error.enum', ctx: { enum_values: [...permitted] } };
}

function valueAt(input: unknown, path: readonly (string | number)[]): unknown {
  let value = input;
  for (const part of path) {
    if (Array.isArray(value)) value = (value as unknown[])[Number(part)];
    else if (isJsonObject(value)) value = value[part];
    else return undefined;
  }
  return value;
}
