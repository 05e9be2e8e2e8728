import type { SandboxDriver } from '../../src/sandbox/index.ts';

/** A driver, and what its engine does without it. */
export interface Subject {
  readonly driver: SandboxDriver;
  readonly image: string;
  /** What the bare engine is, as the table names it. */
  readonly bareName: string;
  /** Makes a sandbox by the engine alone and runs `true` in it; gives what removes it again. */
  readonly bareStart: () => Promise<() => Promise<void>>;
  /** A bash that stays, by the engine alone. */
  readonly bareBash: () => Promise<BareBash>;
  /** How much of each kind there is of what sandboxes are made of. */
  readonly countHoldings: () => Promise<Readonly<Record<string, number>>>;
}

export interface BareBash {
  run(command: string): Promise<void>;
  end(): void;
}
