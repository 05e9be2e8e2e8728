import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** The project's own problems and images lie beside `src` and `dist` alike. */
const ownData = fileURLToPath(new URL('../../../data/os-interaction', import.meta.url));

const dataFiles = z.object({
  /** A file of problems, `.json` or `.jsonl`, or a pattern with `*`, `?` and `[...]` for many. */
  problem_file: z.string().min(1),
  /** What the files of scripts are relative to. */
  script_dir: z.string().default('.'),
  /** What the indices of these problems begin with. */
  index_prefix: z.string().default(''),
});

const labels = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);

const dataConfig = z.object({
  files: z.array(dataFiles),
  /** Problems with one of these labels are left out. */
  bk: labels,
  /** The same. */
  ignore: labels,
});

const dockerConfig = z.object({
  /** The image of a problem is called `<localhost>/<create.local>`. */
  localhost: z.string().min(1),
  /** Of Dockerfiles: `<local>`, `<local>/Dockerfile` or `<local>.dockerfile`. */
  directory: z.string().min(1),
});

const sandbox = z.object({
  driver: z.enum(['auto', 'bubblewrap', 'docker']).default('auto'),
  /** Of the container engine, such as `unix:///run/docker.sock`; its usual place without it. */
  host: z.string().optional(),
  /** Instead of the problems' own images: a folder or a `.tar` with a root file system, or an image's name. */
  image: z.string().min(1).optional(),
  /** Bytes. */
  memory: z.int().min(1).optional(),
  /** Processor cores. */
  cpus: z.number().min(0.01).optional(),
  /** Processes and threads at once. */
  pids: z.int().min(1).optional(),
  /** Bytes that may be written. */
  disk: z.int().min(1).optional(),
  network: z.enum(['none', 'host']).default('none'),
});

/** Paths are relative to the folder that the command was started in. */
export const osInteractionParameters = z.object({
  /** How many times the agent is asked. */
  round_limit: z.int().min(1).default(8),
  /** Without it the project's own problems are played. */
  data_config: dataConfig.prefault({
    files: [
      { problem_file: `${ownData}/problems/*.json`, script_dir: `${ownData}/scripts`, index_prefix: 'os-' },
    ],
  }),
  docker_config: dockerConfig.default({ localhost: 'proctor-os', directory: `${ownData}/dockerfiles` }),
  /** How the agent says what it wants: in AgentBench's words, or as calls of tools. */
  style: z.enum(['text', 'tools']).default('text'),
  sandbox: sandbox.prefault({}),
  /** Seconds that a command of the agent, or a script of the problem, may take. */
  command_time_limit: z.number().min(0.1).default(60),
  /** What a problem whose script is no file means: an error, or a problem that is left out. */
  missing_scripts: z.enum(['error', 'skip']).default('error'),
});

export type OsInteractionParameters = z.output<typeof osInteractionParameters>;
export type DataFiles = z.output<typeof dataFiles>;
export type DockerConfig = z.output<typeof dockerConfig>;
export type SandboxParameters = z.output<typeof sandbox>;
