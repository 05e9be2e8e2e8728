import type { Json } from '../../base/index.ts';
import {
  parsePythonLiteral,
  pythonFloat,
  pythonList,
  pythonValue,
  sameSet,
  sameValue,
  type PythonValue,
} from './python/index.ts';

/**
 * Whether an answer is the expected one. A change's answer is the hash of its table and must be equal; any other is read as
 * a Python or JSON list, or as one item where it is none. One item on each side compares as numbers where both are, else
 * as values; all else compares as sets.
 */
export function isCorrect(answer: string, expected: string | readonly Json[]): boolean {
  if (typeof expected === 'string') return answer === expected;
  const given = readItems(answer);
  const wanted = expected.map(pythonValue);
  const [first, second] = [given[0], wanted[0]];
  if (given.length !== 1 || wanted.length !== 1 || first === undefined || second === undefined)
    return sameSet(given, wanted);
  const [left, right] = [pythonFloat(first), pythonFloat(second)];
  return left === undefined || right === undefined ? sameValue(first, second) : left === right;
}

function readItems(answer: string): readonly PythonValue[] {
  try {
    return pythonList(parsePythonLiteral(answer)) ?? [answer];
  } catch (error) {
    if (error instanceof SyntaxError) return [answer];
    throw error;
  }
}
