import { describe, expect, it } from 'vitest';
import { planWorkers, type LaunchDefinition } from './plan.ts';

const definitions: Record<string, LaunchDefinition> = {
  'dbbench-std': { module: 'dbbench', docker: { command: 'umask 0;' } },
  'os-std': {
    module: 'src.server.tasks.os_interaction.OSInteraction',
    docker: { image: 'os', command: 'umask 0;' },
  },
};
const request = { definitions, basePort: 5001, programOf: () => 'own' as const };

describe('planWorkers', () => {
  it('gives worker i of all the port base + i, in the order of start', () => {
    const launches = planWorkers({
      ...request,
      start: [
        ['os-std', 2],
        ['dbbench-std', 1],
      ],
    });
    expect(launches.map(({ label }) => label)).toEqual(['os-std 5001', 'os-std 5002', 'dbbench-std 5003']);
  });

  it('uses a container only where an image is named', () => {
    const [os, dbbench] = planWorkers({
      ...request,
      start: [
        ['os-std', 1],
        ['dbbench-std', 1],
      ],
    });
    expect(os?.docker).toEqual({ image: 'os', command: 'umask 0;' });
    expect(dbbench?.docker).toBeUndefined();
  });

  it('leaves the ports to the system with base port 0 and tells the workers apart by number', () => {
    const launches = planWorkers({ ...request, basePort: 0, start: [['dbbench-std', 2]] });
    expect(launches.map(({ port, label }) => [port, label])).toEqual([
      [0, 'dbbench-std #1'],
      [0, 'dbbench-std #2'],
    ]);
  });

  it('refuses an undefined task and lists the defined ones', () => {
    expect(() => planWorkers({ ...request, start: [['dbench', 1]], where: 'start.yaml:3:1' })).toThrow(
      expect.objectContaining({
        code: 'task-undefined',
        where: 'start.yaml:3:1',
        expected: 'one of: dbbench-std, os-std',
      }),
    );
    expect(() => planWorkers({ ...request, start: [['constructor', 1]] })).toThrow(
      'There is no task "constructor"',
    );
  });

  it('refuses ports beyond the last one', () => {
    expect(() => planWorkers({ ...request, basePort: 65_535, start: [['os-std', 2]] })).toThrow(
      'ports up to 65536',
    );
  });
});
