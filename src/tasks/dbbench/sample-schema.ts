import { z } from 'zod';
import type { Json } from '../../base/index.ts';
import type { TableData } from './engines/engine.ts';

/** A sample as a task plays it. */
export type DbBenchSample = {
  readonly question: string;
  /** Its category: `counting`, `INSERT`, ... */
  readonly kind: string;
  readonly tables: readonly TableData[];
  /** For a change the md5 as the client prints it, else the items of the answer. */
  readonly expected: string | readonly Json[];
  /** A statement that makes the change; `undefined` where the sample has none. */
  readonly solution: string | undefined;
};

const cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const table = z.object({
  table_name: z.string().min(1),
  table_info: z.object({
    columns: z.array(z.object({ name: z.string() })).min(1),
    rows: z.array(z.array(cell)),
  }),
});

/** One entry of a data file. Fields that only other programs use are ignored. */
const entrySchema = z.object({
  description: z.string(),
  add_description: z.string().nullish(),
  type: z.union([z.string(), z.array(z.string()).min(1)]).transform((type) => [type].flat()[0] ?? ''),
  label: z.json().optional(),
  answer_md5: z.string().optional(),
  sql: z.union([z.string(), z.object({ query: z.string() }).transform(({ query }) => query)]).nullish(),
  table: z.union([table, z.array(table).min(1)]).transform((tables) => [tables].flat()),
});

/** Whether samples of this category are judged by what the table has come to. */
export function isChange(kind: string): boolean {
  return kind === 'INSERT' || kind === 'DELETE' || kind === 'UPDATE';
}

/** Reads one entry; gives what is wrong with it as text otherwise. */
export function readSample(entry: Json): DbBenchSample | { readonly problem: string } {
  const parsed = entrySchema.safeParse(entry);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { problem: `${issue?.path.join('.') || 'the entry'}: ${issue?.message ?? 'unreadable'}` };
  }
  const problem = findProblem(parsed.data);
  return problem === undefined ? toSample(parsed.data) : { problem };
}

type Entry = z.output<typeof entrySchema>;

function findProblem(entry: Entry): string | undefined {
  const field = isChange(entry.type) ? 'answer_md5' : 'label';
  if (entry[field] === undefined) return `${field}: missing, which a sample of type ${entry.type} needs`;
  const uneven = entry.table.find(({ table_info: { rows, columns } }) =>
    rows.some((row) => row.length !== columns.length),
  );
  return uneven && `table ${uneven.table_name}: a row does not have one value for each column`;
}

function toSample(entry: Entry): DbBenchSample {
  const { type: kind, label, sql } = entry;
  const items = label === undefined ? [] : [label].flat();
  const [first] = items;
  return {
    question: `${entry.description}\n${entry.add_description ?? ''}`,
    kind,
    tables: entry.table.map(toTable),
    expected: isChange(kind) ? (entry.answer_md5 ?? '') : items,
    solution: sql ?? (isChange(kind) && typeof first === 'string' ? first : undefined),
  };
}

function toTable({ table_name: name, table_info: info }: z.output<typeof table>): TableData {
  return {
    name,
    columns: nameColumns(info.columns.map((column) => column.name)),
    rows: info.rows.map((row) => row.map(cellText)),
  };
}

/** MySQL refuses a name that is empty, ends in a blank or comes twice; such a column is called by its place. */
function nameColumns(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name, index) => {
    const isUsable = name !== '' && !/\s$/.test(name) && !taken.has(name.toLowerCase());
    const used = isUsable ? name : `column_${index + 1}`;
    taken.add(used.toLowerCase());
    return used;
  });
}

/** Each column is of type TEXT; MySQL stores True as 1. */
function cellText(value: z.output<typeof cell>): string | null {
  if (value === null) return null;
  return String(typeof value === 'boolean' ? Number(value) : value);
}
