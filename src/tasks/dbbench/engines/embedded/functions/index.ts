import { compareFunctions } from './compare.ts';
import { dateFunctions } from './dates.ts';
import { numberFunctions } from './numbers.ts';
import { patternFunctions } from './patterns.ts';
import { textFunctions } from './text.ts';
import type { SqlFunction } from './value.ts';

export type { SqlFunction, SqlResult, SqlValue } from './value.ts';

/** The functions that translated statements call; each takes any number of arguments. */
export const sqlFunctions: Readonly<Record<string, SqlFunction>> = {
  ...compareFunctions,
  ...textFunctions,
  ...numberFunctions,
  ...patternFunctions,
  ...dateFunctions,
};
