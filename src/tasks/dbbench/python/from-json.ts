import { isJsonObject, type Json } from '../../../base/index.ts';
import type { PythonValue } from './literal.ts';

/** The value that Python's JSON reader makes of this one. */
export function pythonValue(json: Json): PythonValue {
  if (Array.isArray(json)) return { kind: 'list', items: json.map(pythonValue) };
  if (!isJsonObject(json)) return json as PythonValue;
  return { kind: 'dict', keys: Object.keys(json), values: Object.values(json).map(pythonValue) };
}
