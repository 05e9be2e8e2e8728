import type { z } from 'zod';
import { ProctorError } from '../base/index.ts';
import type { ModuleDefinition } from '../config/index.ts';

/** Checks a definition's parameters by its class's schema and gives them completed. Throws `config-invalid` with file and line. */
export function checkParameters(
  definition: ModuleDefinition,
  { name, schema }: { readonly name: string; readonly schema: z.ZodType | undefined },
): unknown {
  if (!schema) return definition.parameters;
  const parsed = schema.safeParse(definition.parameters);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const inner = (issue?.path ?? []).map((step) => (typeof step === 'number' ? step : String(step)));
  throw new ProctorError(
    'config-invalid',
    {
      problem: `parameters${inner.map((step) => `.${step}`).join('')} of "${name}" are not right`,
      wanted: issue?.message ?? 'other parameters',
    },
    { where: definition.locate(['parameters', ...inner]) },
  );
}

/** A positive integer among the parameters, or undefined when there is none. Throws `config-invalid`. */
export function readCount(definition: ModuleDefinition, parameter: string): number | undefined {
  const value = definition.parameters[parameter];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
  throw new ProctorError(
    'config-invalid',
    { problem: `parameters.${parameter} is ${JSON.stringify(value)}`, wanted: 'an integer of 1 or more' },
    { where: definition.locate(['parameters', parameter]) },
  );
}

/** The name that a task has at its controller: `parameters.name` where it is given, as AgentBench has it. */
export function listedNameOf(name: string, definition: ModuleDefinition): string {
  const given = definition.parameters['name'];
  return typeof given === 'string' && given !== '' ? given : name;
}
