import { z } from 'zod';
import { isJsonObject, type JsonObject } from '../../base/index.ts';

/** An integer of 1 or more; a string of digits counts as one, as the environment gives them. */
export const positiveInteger = z.unknown().transform((value, context) => {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 1) return number;
  context.addIssue({ code: 'custom', message: 'an integer of 1 or more' });
  return z.NEVER;
});

/** A number above 0; a string of digits counts as one, as the environment gives them. */
export const positiveNumber = z.unknown().transform((value, context) => {
  const number = typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number) && number > 0) return number;
  context.addIssue({ code: 'custom', message: 'a number above 0' });
  return z.NEVER;
});

/** A mapping of any names; empty when it says nothing, as when all of its lines are commented out. */
export function mappingOf<Value extends z.ZodType>(value: Value, wanted: string) {
  return z
    .record(z.string(), value, { error: wanted })
    .nullable()
    .transform((entries) => entries ?? {});
}

export const anyMapping = (wanted: string) => mappingOf(z.unknown(), wanted);

export const parametersSchema = z
  .custom<JsonObject>(isJsonObject, { error: 'a mapping of parameters' })
  .nullish()
  .transform((parameters): JsonObject => parameters ?? {});

export const moduleSchema = z
  .string({ error: 'the name of a module' })
  .min(1, { error: 'the name of a module' });
