import type Docker from 'dockerode';
import { randomUUID } from 'node:crypto';
import { coerceError, ProctorError, type Clock, type Logger } from '../../base/index.ts';
import type { MakeSandbox } from '../backend.ts';
import type { ImageSource, Sandbox, SandboxDriver, SandboxOptions } from '../contract.ts';
import { isGone, ownerText } from '../owner.ts';
import { completeLimits, homeOf } from '../sandbox-defaults.ts';
import { bootContainer } from './boot-container.ts';
import { connect } from './connect.ts';
import { labelNames, type ContainerRequest } from './container-options.ts';
import { DiskWatch } from './disk-watch.ts';
import { DockerBackend } from './docker-backend.ts';
import { severalTries, type Engine } from './engine.ts';
import { asSandboxFailure } from './engine-error.ts';
import { ImageStore } from './image-store.ts';
import { removeContainer } from './remove-container.ts';
import { Slots } from './slots.ts';

export interface DockerDriverSettings {
  readonly clock: Clock;
  readonly log: Logger;
  readonly makeSandbox: MakeSandbox;
  /** `unix:///path` or `tcp://name:port`, as DOCKER_HOST has it; that variable, or the usual socket, without it. */
  readonly host?: string | undefined;
  /** Milliseconds that a request to the engine may take; 30,000 without it. */
  readonly callLimitMs?: number | undefined;
  /** Milliseconds between two looks at what the sandboxes have written; 5000 without it. */
  readonly diskPeriodMs?: number | undefined;
}

/** Containers that are started or removed at once: an engine that is asked for more does none of it sooner. */
const mostAtOnce = 8;
const usualDiskPeriodMs = 5000;

/** Sandboxes as containers of Docker, or of what speaks its API. Rejects with `sandbox-engine-unreachable`. */
export async function createDockerDriver(settings: DockerDriverSettings): Promise<SandboxDriver> {
  return new DockerDriver(await connect(settings), settings);
}

class DockerDriver implements SandboxDriver {
  readonly name = 'docker';
  readonly #engine: Engine;
  readonly #settings: DockerDriverSettings;
  readonly #images: ImageStore;
  readonly #disk: DiskWatch;
  readonly #slots = new Slots(mostAtOnce);
  readonly #backends = new Set<DockerBackend>();
  readonly #driverId = randomUUID();
  readonly #owner = ownerText();
  #isReleased = false;

  constructor(engine: Engine, settings: DockerDriverSettings) {
    const { clock, log, diskPeriodMs = usualDiskPeriodMs } = settings;
    this.#engine = engine;
    this.#settings = settings;
    this.#images = new ImageStore(engine);
    this.#disk = new DiskWatch({ clock, log, periodMs: diskPeriodMs });
  }

  prepareImage(image: string, source: ImageSource, report: (line: string) => void): Promise<void> {
    return this.#images.prepare(image, source, report);
  }

  async create(image: string, options: SandboxOptions = {}): Promise<Sandbox> {
    const id = `proctor-${randomUUID()}`;
    const labels = {
      [labelNames.sandbox]: id,
      [labelNames.owner]: this.#owner,
      [labelNames.driver]: this.#driverId,
    };
    const request = { id, image, labels, options };
    await this.#slots.run(() => this.#boot(request), options.signal);
    return this.#settings.makeSandbox(this.#adopt(id, options));
  }

  async removeLeftOvers(): Promise<number> {
    const all = await this.#list(labelNames.owner);
    const left = all.filter(({ Labels }) => isGone(Labels[labelNames.owner] ?? ''));
    await this.#removeAll(left.map(({ Id }) => Id));
    return left.length;
  }

  async release(): Promise<void> {
    this.#isReleased = true;
    const endings = await Promise.allSettled([...this.#backends].map((backend) => backend.destroy()));
    // What a lost reply of the engine has hidden, and what could not be removed, is found by its label.
    const left = await this.#list(`${labelNames.driver}=${this.#driverId}`);
    await this.#removeAll(left.map(({ Id }) => Id));
    for (const ending of endings) if (ending.status === 'rejected') throw coerceError(ending.reason);
  }

  async #boot(request: ContainerRequest): Promise<void> {
    this.#requireUnreleased();
    await bootContainer(this.#engine, request);
    if (!this.#isReleased) return;
    await removeContainer(this.#engine, request.id);
    this.#requireUnreleased();
  }

  #adopt(id: string, options: SandboxOptions): DockerBackend {
    const onDestroyed = () => {
      this.#backends.delete(backend);
      this.#disk.remove(backend);
    };
    const { disk } = completeLimits(options);
    const backend = new DockerBackend({ engine: this.#engine, id, folder: homeOf(options), onDestroyed });
    this.#backends.add(backend);
    this.#disk.add(backend, disk);
    return backend;
  }

  async #list(label: string): Promise<readonly Docker.ContainerInfo[]> {
    const call = { operation: `the list of containers with label ${label}`, tries: severalTries };
    const { docker } = this.#engine;
    try {
      return await this.#engine.call(call, (abortSignal) =>
        docker.listContainers({ all: true, filters: { label: [label] }, abortSignal }),
      );
    } catch (error) {
      throw asSandboxFailure(error);
    }
  }

  async #removeAll(ids: readonly string[]): Promise<void> {
    const removals = ids.map((id) => this.#slots.run(() => removeContainer(this.#engine, id)));
    for (const removal of await Promise.allSettled(removals))
      if (removal.status === 'rejected') throw asSandboxFailure(removal.reason);
  }

  #requireUnreleased(): void {
    if (this.#isReleased) throw new ProctorError('sandbox-failed', { reason: 'its driver was released' });
  }
}
