import { z } from 'zod';
import type { Prompter } from './prompter.ts';

/** Arguments in, prompter out. */
export type PrompterSchema = z.ZodType<Prompter>;

const choiceSchema = z.union(
  [
    z.string().transform((name) => ({ name, args: undefined })),
    z.object({
      name: z.string().optional(),
      args: z.record(z.string(), z.unknown()).nullish(),
    }),
  ],
  { error: 'expected {name, args}' },
);

/** `prompter: {name, args}`, or the name alone, as the prompter it stands for; undefined when none is chosen. */
export function prompterChoice(known: Readonly<Record<string, PrompterSchema>>) {
  return choiceSchema.nullish().transform((choice, context): Prompter | undefined => {
    const { name, args } = choice ?? {};
    if (name === undefined) {
      if (!args) return undefined;
      context.addIssue({ code: 'custom', path: ['name'], message: 'expected the name of a prompter' });
      return z.NEVER;
    }
    const schema = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!schema) {
      const message = `there is no prompter "${name}"; expected one of ${Object.keys(known).join(', ')}`;
      context.addIssue({ code: 'custom', path: ['name'], message });
      return z.NEVER;
    }
    const made = schema.safeParse(args ?? {});
    if (made.success) return made.data;
    for (const issue of made.error.issues)
      context.addIssue({ code: 'custom', path: ['args', ...issue.path], message: issue.message });
    return z.NEVER;
  });
}
