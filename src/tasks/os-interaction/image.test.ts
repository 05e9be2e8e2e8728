import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseImage, type ImageChoice } from './image.ts';

const local = { kind: 'local', name: 'default' } as const;

describe('chooseImage', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'proctor-os-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const choose = (image: Parameters<typeof chooseImage>[0], changes: Partial<ImageChoice> = {}) =>
    chooseImage(image, {
      driver: 'docker',
      override: undefined,
      docker: { localhost: 'local-os', directory: 'files' },
      folder,
      ...changes,
    });

  it.each(['default', 'default/Dockerfile', 'default.dockerfile'])(
    'makes a local image from %s',
    async (name) => {
      const file = path.join(folder, 'files', name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, 'FROM debian');
      expect(await choose(local)).toEqual({
        name: 'local-os/default',
        source: { kind: 'dockerfile', file },
      });
    },
  );

  it('leaves to the engine what has no Dockerfile', async () => {
    const source = { kind: 'registry' };
    expect(await choose(local)).toEqual({ name: 'local-os/default', source });
    expect(await choose({ kind: 'named', name: 'debian:12' })).toEqual({ name: 'debian:12', source });
  });

  it('shows the programs of this machine with bubblewrap', async () => {
    expect(await choose(local, { driver: 'bubblewrap' })).toBeUndefined();
  });

  it.each(['docker', 'bubblewrap'] as const)('takes what it was told to with %s', async (driver) => {
    await mkdir(path.join(folder, 'Root'));
    await writeFile(path.join(folder, 'root.tar'), '');
    expect(await choose(local, { driver, override: 'Root' })).toEqual({
      name: expect.stringMatching(/^proctor-local\/root:[0-9a-f]{12}$/) as string,
      source: { kind: 'folder', folder: path.join(folder, 'Root') },
    });
    expect(await choose(local, { driver, override: 'root.tar' })).toEqual({
      name: expect.stringMatching(/^proctor-local\/root:[0-9a-f]{12}$/) as string,
      source: { kind: 'archive', file: path.join(folder, 'root.tar') },
    });
    expect(await choose(local, { driver, override: 'debian:12' })).toEqual({
      name: 'debian:12',
      source: { kind: 'registry' },
    });
  });
});
