import { describe, expect, it } from 'vitest';
import { listWorkers } from './fixtures/api.ts';
import { findFreePorts, takePort } from './fixtures/ports.ts';
import { runProctor, startProctor } from './fixtures/program.ts';

describe('proctor task-controller', () => {
  it('serves on its port, also under the name localhost, and ends with 0 at SIGTERM', async () => {
    const port = await findFreePorts(1);
    await using program = startProctor(['task-controller', '-p', String(port), '--memory']);
    await program.seen(new RegExp(`listens on http://127\\.0\\.0\\.1:${port}/api`));
    expect(await listWorkers(`http://localhost:${port}/api`)).toEqual({});
    expect((await fetch(`http://127.0.0.1:${port}/api/sync_all`, { method: 'POST' })).status).toBe(200);
    program.kill('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });

  it('takes any free port with -p 0 and ends with 130 at Ctrl-C', async () => {
    await using program = startProctor(['task-controller', '-p', '0']);
    const [, address = ''] = await program.seen(/listens on (\S+)/);
    expect((await fetch(`${address}/list_sessions`)).status).toBe(200);
    program.kill('SIGINT');
    expect((await program.exited).code).toBe(130);
  });

  it('says that its port is taken', async () => {
    await using taken = await takePort();
    const { code, stderr } = await runProctor(['task-controller', '-p', String(taken.port)]);
    expect(code).toBe(2);
    expect(stderr).toContain(`127.0.0.1:${taken.port} is already in use`);
  });
});
