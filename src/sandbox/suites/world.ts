import type { Sandbox, SandboxDriver } from '../contract.ts';

/** What the parts of the suite share: a driver, and one sandbox of it. */
export interface SandboxWorld {
  readonly driver: SandboxDriver;
  readonly sandbox: Sandbox;
  readonly image: string;
  /** Processes inside the sandbox whose arguments hold the text. */
  processesWith(text: string): Promise<number>;
}

/** Milliseconds that are never reached when the code under test is right. */
export const never = 50_000;
/** Milliseconds after which a command is over its limit. */
export const soon = 400;
export const gibibyte = 2 ** 30;
