import { z } from 'zod';
import { mappingOf, positiveNumber } from './config-values.ts';
import { moduleDefinitionSchema } from './module-definition.ts';

const nameOrNames = 'a name or a list of names';

const nameSchema = z
  .union([z.string(), z.number()], { error: nameOrNames })
  .transform((name) => String(name));

const namesSchema = z
  .union([nameSchema.transform((name) => [name]), z.array(nameSchema)], { error: nameOrNames })
  .transform((names): readonly string[] => names);

/** How many slots an entry's pairs get for one of another's; a weight that is written has to say something. */
const weightSchema = z.optional(positiveNumber).transform((weight) => weight ?? 1);

const definitions = (kind: string) =>
  mappingOf(moduleDefinitionSchema, `a mapping of ${kind} names to {module, parameters}`);

/** Concurrency is looked at only for what is assigned, so that 0 may switch off what is not. */
const concurrencies = (kind: string) =>
  mappingOf(z.unknown(), `a mapping of ${kind} names to integers of 1 or more`);

/** An assignment file as far as it can be judged before it is known what is assigned. Messages say what was wanted. */
export const assignmentFileSchema = z.object(
  {
    definition: z.object(
      { agent: definitions('agent'), task: definitions('task') },
      { error: 'a mapping with "agent" and "task"' },
    ),
    concurrency: z.object(
      { agent: concurrencies('agent'), task: concurrencies('task') },
      { error: 'a mapping with "agent" and "task"' },
    ),
    assignments: z.array(
      z.object(
        { agent: namesSchema, task: namesSchema, weight: weightSchema },
        { error: 'a mapping with "agent" and "task"' },
      ),
      { error: 'a list of mappings with "agent" and "task"' },
    ),
    output: z.string({ error: 'a string, such as "outputs/{TIMESTAMP}"' }).nullish(),
  },
  { error: 'a mapping with "definition", "concurrency", "assignments" and "output"' },
);

export const assignmentFileKeys: readonly string[] = [...Object.keys(assignmentFileSchema.shape), 'start'];
