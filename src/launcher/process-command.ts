/** A program to start, as the supervisor keeps it. */
export type ProcessCommand = {
  /** What its log lines are prefixed with. */
  readonly label: string;
  readonly command: string;
  readonly arguments: readonly string[];
  /** The whole environment of the program. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  /** The program is one of ours: it talks over Node's channel and stops by itself when that closes. */
  readonly hasChannel: boolean;
  /** Ends what a signal to the program does not reach, such as its container. */
  readonly killCommand?: { readonly command: string; readonly arguments: readonly string[] };
};

/** The environment variable by which the programs of an evaluation know the token that they show each other. */
export const tokenVariable = 'PROCTOR_TOKEN';

/** How this program itself is started: `node dist/cli/main.js`. */
export type OwnProgram = {
  readonly command: string;
  readonly arguments: readonly string[];
  /** The folder of the installed package. */
  readonly packageFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The least that the started programs log; their own default when absent. */
  readonly logLevel?: string;
  /** A file of certificates that the started programs trust beside the usual ones, absolute or relative to `folder`. */
  readonly tlsCa?: string;
  /** The project's folder: where the command was started. */
  readonly folder: string;
};
