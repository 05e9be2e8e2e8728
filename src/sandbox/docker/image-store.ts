import { createReadStream } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { ProctorError } from '../../base/index.ts';
import type { ImageSource } from '../contract.ts';
import { severalTries, type Engine } from './engine.ts';
import { reasonOf, statusOf } from './engine-error.ts';
import { followProgress, throttleLines } from './progress.ts';
import { packFolder } from './tar.ts';

type Report = (line: string) => void;

/** A large image over a slow line takes long; one that hangs must not hang for ever. */
const makeLimitMs = 60 * 60_000;
const label = 'proctor.image';
/** What a root file system holds of these belongs to the machine that it was taken from. */
const notOfAnImage = ['./proc/*', './sys/*', './dev/*'];

/** The images of an engine, made when they are missing. */
export class ImageStore {
  readonly #engine: Engine;
  /** What is being made: whoever wants the same image waits for it. */
  readonly #making = new Map<string, Promise<void>>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Rejects with `sandbox-image-failed`. */
  async prepare(image: string, source: ImageSource, report: Report): Promise<void> {
    let making = this.#making.get(image);
    if (!making) {
      making = this.#makeMissing(image, source, report).finally(() => this.#making.delete(image));
      this.#making.set(image, making);
    }
    try {
      await making;
    } catch (error) {
      throw new ProctorError('sandbox-image-failed', { image, reason: reasonOf(error) }, { cause: error });
    }
  }

  async #makeMissing(image: string, source: ImageSource, report: Report): Promise<void> {
    if (await this.#has(image)) return;
    const throttled = throttleLines(this.#engine.clock, report);
    const call = { operation: `the making of image ${image}`, limitMs: makeLimitMs };
    await this.#engine.call(call, async (signal) => {
      const progress = await this.#ask(image, source, signal);
      // Reading ends with the deadline, and the engine gives up when nobody listens.
      signal.addEventListener('abort', () => progress.destroy(), { once: true });
      await followProgress(progress, throttled);
    });
    report(`image ${image} is ready`);
  }

  async #has(image: string): Promise<boolean> {
    const call = { operation: `the look for image ${image}`, tries: severalTries };
    try {
      await this.#engine.call(call, () => this.#engine.docker.getImage(image).inspect());
      return true;
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw error;
    }
  }

  async #ask(image: string, source: ImageSource, abortSignal: AbortSignal): Promise<Readable> {
    switch (source.kind) {
      case 'folder':
        return await this.#import(image, packFolder(source.folder, notOfAnImage), abortSignal);
      case 'archive':
        return await this.#import(image, createReadStream(source.file), abortSignal);
      case 'dockerfile':
        return await this.#build(image, source.file, abortSignal);
      case 'registry':
        return await this.#pull(image, abortSignal);
    }
  }

  async #import(image: string, archive: Readable, abortSignal: AbortSignal): Promise<Readable> {
    const { name, tag } = splitImage(image);
    const marks = { message: 'imported by proctor', changes: `LABEL ${label}=import` };
    const { docker } = this.#engine;
    return await untilFails(archive, () =>
      docker.importImage(archive, { repo: name, tag, ...marks, abortSignal }),
    );
  }

  async #build(image: string, file: string, abortSignal: AbortSignal): Promise<Readable> {
    const context = packFolder(path.dirname(path.resolve(file)));
    const dockerfile = path.basename(file);
    const options = { t: image, dockerfile, forcerm: true, labels: { [label]: 'build' }, abortSignal };
    return await untilFails(context, () => this.#engine.docker.buildImage(context, options));
  }

  async #pull(image: string, abortSignal: AbortSignal): Promise<Readable> {
    const { name, tag } = splitImage(image);
    return asReadable(await this.#engine.docker.createImage({ fromImage: name, tag, abortSignal }));
  }
}

/** The engine's answer; when what is sent to it breaks off, the reason of that is better than the engine's. */
async function untilFails(sent: Readable, ask: () => Promise<NodeJS.ReadableStream>): Promise<Readable> {
  const failure = new Promise<never>((_, reject) => sent.once('error', reject));
  failure.catch(() => undefined);
  try {
    return asReadable(await Promise.race([ask(), failure]));
  } catch (error) {
    sent.destroy();
    throw error;
  }
}

function asReadable(stream: NodeJS.ReadableStream): Readable {
  return stream as Readable;
}

/** A digest stays with the name; without a tag `latest` is meant, as everywhere. */
function splitImage(image: string): { readonly name: string; readonly tag: string } {
  if (image.includes('@')) return { name: image, tag: '' };
  const colon = image.lastIndexOf(':');
  if (colon <= image.lastIndexOf('/')) return { name: image, tag: 'latest' };
  return { name: image.slice(0, colon), tag: image.slice(colon + 1) };
}
