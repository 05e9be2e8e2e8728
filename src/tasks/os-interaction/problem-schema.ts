import { z } from 'zod';
import type { Json } from '../../base/index.ts';
import type { Language } from './problem.ts';

const languages: Readonly<Record<string, Language>> = {
  bash: 'bash',
  python: 'python',
  c: 'c',
  'c++': 'c++',
  cpp: 'c++',
  c_cpp: 'c++',
};

const language = z
  .string()
  .default('bash')
  .transform((name, context): Language => {
    const known = languages[name];
    if (known !== undefined) return known;
    context.addIssue({ code: 'custom', message: `the language ${name} is none of bash, python, c, c++` });
    return z.NEVER;
  });

/** A script as a data file has it: its code, or the file that holds it. */
const script = z.union(
  [
    z.string().transform((code) => ({ language: 'bash' as const, code })),
    z.object({ language, file: z.string().min(1) }),
    z.object({ language, code: z.string() }),
  ],
  { error: 'no script: neither a text nor an object with code or file' },
);

export type ScriptSource = z.output<typeof script>;

const match = z.union(
  [
    z.string().transform((answer) => ({ answer, strip: true })),
    z.object({ answer: z.string(), strip: z.boolean().default(true) }),
    z.object({ regex: z.string(), strip: z.boolean().default(true) }),
  ],
  { error: 'neither a text nor an object with answer or regex' },
);

const list = <T extends z.ZodType>(item: T) =>
  z.union([z.array(item), item.transform((single) => [single])]) as z.ZodType<z.output<T>[]>;

const create = z.object({
  local: z.string().min(1).default('default'),
  image: z.string().min(1).optional(),
  init: list(script).optional(),
});

/** A list in the place of `create` says nothing that could be created: such a problem gets the default image. */
const anyCreate = z.union([create, z.array(z.unknown()).transform(() => ({ local: 'default' }))], {
  error: 'no object with local, image or init',
});

const evaluation = z
  .object({ match: match.optional(), check: list(script.nullable()).optional(), example: script.optional() })
  .refine(({ match: expected, check }) => expected !== undefined || (check?.length ?? 0) > 0, {
    message: 'neither match nor check says what is right',
  })
  .refine(({ check, example }) => example !== undefined || !check?.includes(null), {
    path: ['example'],
    message: 'missing, though null in check stands for it',
  });

const entrySchema = z.object({
  description: z.string(),
  create: anyCreate.prefault({}) as z.ZodType<z.output<typeof create>>,
  start: script.optional(),
  evaluation,
  labels: z.array(z.string()).default([]),
});

export type Entry = z.output<typeof entrySchema>;

/** Reads one entry of a data file; gives what is wrong with it as text otherwise. Unknown fields are ignored. */
export function readEntry(value: Json): Entry | { readonly problem: string } {
  const parsed = entrySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return { problem: `${issue?.path.join('.') || 'the entry'}: ${issue?.message ?? 'unreadable'}` };
}
