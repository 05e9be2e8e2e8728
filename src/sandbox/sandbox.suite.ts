import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Sandbox, SandboxDriver } from './contract.ts';
import { describeDriver } from './suites/driver.suite.ts';
import { describeExec } from './suites/exec.suite.ts';
import { describeFiles } from './suites/files.suite.ts';
import { describeShell } from './suites/shell.suite.ts';
import type { SandboxWorld } from './suites/world.ts';

export interface SandboxFixture {
  /** Starts a driver by a real clock; whoever asks releases it. */
  readonly open: () => Promise<SandboxDriver>;
  /** Has bash and the usual small programs. */
  readonly image: string;
  /** Why the driver cannot be tested here. */
  readonly skip?: string | undefined;
}

/** What every driver promises, with real sandboxes. */
export function describeSandbox(name: string, { open, image, skip }: SandboxFixture): void {
  describe.skipIf(skip !== undefined)(
    `${name} sandbox${skip === undefined ? '' : ` (skipped: ${skip})`}`,
    () => {
      let driver: SandboxDriver;
      let sandbox: Sandbox;

      beforeAll(async () => {
        driver = await open();
        sandbox = await driver.create(image, { env: { COLOUR: 'blue green' }, pids: 100 });
      });
      afterAll(() => driver.release());

      const world: SandboxWorld = {
        image,
        get driver() {
          return driver;
        },
        get sandbox() {
          return sandbox;
        },
        async processesWith(text) {
          // By bash alone: another process may find no room.
          const read = `{ mapfile -d '' words <"$file"; } 2>/dev/null; echo "\${words[*]}"`;
          const script = `for file in /proc/[0-9]*/cmdline; do words=(); ${read}; done; echo looked`;
          const { stdout } = await sandbox.exec(['/bin/bash', '-c', script]);
          expect(stdout).toMatchObject({ text: expect.stringMatching(/looked\n$/), truncated: false });
          return stdout.text.split('\n').filter((line) => line.includes(text)).length;
        },
      };
      describeExec(world);
      describeFiles(world);
      describeShell(world);
      describeDriver(world);
    },
  );
}
