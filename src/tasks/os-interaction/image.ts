import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ImageSource, SandboxDriver } from '../../sandbox/index.ts';
import type { DockerConfig } from './parameters.ts';
import type { ProblemImage } from './problem.ts';

export interface ImageChoice {
  readonly driver: SandboxDriver['name'];
  /** What is used instead of the problem's image. */
  readonly override: string | undefined;
  readonly docker: DockerConfig;
  /** What relative paths are relative to. */
  readonly folder: string;
}

export interface NamedSource {
  readonly name: string;
  readonly source: ImageSource;
}

/**
 * The image that a problem is played in and what it is made from. Undefined stands for the programs of this machine, which
 * bubblewrap shows, since it knows no images by name.
 */
export async function chooseImage(
  image: ProblemImage,
  { driver, override, docker, folder }: ImageChoice,
): Promise<NamedSource | undefined> {
  if (override !== undefined) return readOverride(override, folder);
  if (driver === 'bubblewrap') return undefined;
  if (image.kind === 'named') return { name: image.name, source: { kind: 'registry' } };
  const file = await findDockerfile(path.resolve(folder, docker.directory), image.name);
  const source: ImageSource = file === undefined ? { kind: 'registry' } : { kind: 'dockerfile', file };
  return { name: `${docker.localhost}/${image.name}`, source };
}

async function readOverride(image: string, folder: string): Promise<NamedSource> {
  const location = path.resolve(folder, image);
  const found = await stat(location).catch(() => undefined);
  if (!found) return { name: image, source: { kind: 'registry' } };
  return {
    name: `proctor-local/${nameOf(location)}:${versionOf(location, found)}`,
    source: found.isDirectory() ? { kind: 'folder', folder: location } : { kind: 'archive', file: location },
  };
}

/** As engines allow it in a name. */
function nameOf(location: string): string {
  const name = path
    .basename(location)
    .replace(/\.tar$/, '')
    .toLowerCase();
  return name.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '') || 'root';
}

/** Another for another file of the same name, and when it has changed: an engine keeps what it once made. */
function versionOf(location: string, { mtimeMs, size }: Stats): string {
  return createHash('sha256').update(`${location} ${mtimeMs} ${size}`).digest('hex').slice(0, 12);
}

async function findDockerfile(folder: string, name: string): Promise<string | undefined> {
  for (const candidate of [name, `${name}/Dockerfile`, `${name}.dockerfile`]) {
    const file = path.join(folder, candidate);
    if ((await kindOf(file)) === 'file') return file;
  }
  return undefined;
}

/** Undefined when there is nothing that can be looked at. */
async function kindOf(location: string): Promise<'folder' | 'file' | undefined> {
  const found = await stat(location).catch(() => undefined);
  if (!found) return undefined;
  return found.isDirectory() ? 'folder' : 'file';
}
