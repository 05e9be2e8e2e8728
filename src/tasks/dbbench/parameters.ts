import { z } from 'zod';

const database = z
  .object({
    engine: z.enum(['embedded', 'mysql']).default('embedded'),
    /** Of a MySQL or MariaDB server; its user must be allowed to make and drop databases. */
    url: z.string().optional(),
    statementLimitMs: z.int().min(1).default(10_000),
  })
  .refine(({ engine, url }) => engine !== 'mysql' || url !== undefined, {
    path: ['url'],
    message: 'the mysql engine needs the url of a server, such as mysql://user:password@127.0.0.1:3306',
  });

export const dbBenchParameters = z.object({
  /** Relative to the folder that the command was started in; without it the project's own samples are played. */
  data_file: z.string().optional(),
  /** How many statements an agent may run. */
  max_round: z.int().min(1).default(15),
  database: database.prefault({}),
});

export type DbBenchParameters = z.output<typeof dbBenchParameters>;
