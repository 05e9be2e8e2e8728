import { coerceError, raceAbort } from '../../base/index.ts';
import { chooseDriver, type Sandbox, type SandboxDriver } from '../../sandbox/index.ts';
import type { TaskContext } from '../../sdk/index.ts';
import { chooseImage, type NamedSource } from './image.ts';
import type { DockerConfig, SandboxParameters } from './parameters.ts';
import type { ProblemImage } from './problem.ts';

/** The sandboxes of one task, from one driver. */
export class Sandboxes {
  readonly #parameters: SandboxParameters;
  readonly #docker: DockerConfig;
  readonly #context: TaskContext;
  readonly #prepared = new Map<string, Promise<void>>();
  #driver: Promise<SandboxDriver> | undefined;

  constructor(parameters: SandboxParameters, docker: DockerConfig, context: TaskContext) {
    this.#parameters = parameters;
    this.#docker = docker;
    this.#context = context;
  }

  /** Rejects when there is no driver that works, or the image of all problems cannot be made: better known before the first sample. */
  async getReady(): Promise<void> {
    const driver = await this.#start();
    if (this.#parameters.image !== undefined)
      await this.#prepareFor(driver, { kind: 'local', name: 'default' });
  }

  /** Rejects when there is no driver that works, or the image cannot be made. */
  async create(image: ProblemImage, signal: AbortSignal): Promise<Sandbox> {
    const driver = await this.#start();
    const name = await raceAbort(this.#prepareFor(driver, image), signal);
    const { memory, cpus, pids, disk, network } = this.#parameters;
    return driver.create(name, { memory, cpus, pids, disk, network, signal });
  }

  /** Gives the name of the image that is there then. */
  async #prepareFor(driver: SandboxDriver, image: ProblemImage): Promise<string> {
    const chosen = await chooseImage(image, {
      driver: driver.name,
      override: this.#parameters.image,
      docker: this.#docker,
      folder: this.#context.folder,
    });
    if (chosen) await this.#prepare(driver, chosen);
    return chosen?.name ?? 'host';
  }

  async release(): Promise<void> {
    const driver = await this.#driver?.catch(() => undefined);
    await driver?.release();
  }

  /** An engine that does not answer now may do so for the next sample. */
  #start(): Promise<SandboxDriver> {
    if (this.#driver) return this.#driver;
    const driver = this.#chooseDriver();
    this.#driver = driver;
    driver.catch(() => (this.#driver = undefined));
    return driver;
  }

  async #chooseDriver(): Promise<SandboxDriver> {
    const { clock, log, dockerHost } = this.#context;
    const { driver: name, host = dockerHost } = this.#parameters;
    const driver = await chooseDriver({ driver: name, host, clock, log });
    try {
      const removed = await driver.removeLeftOvers();
      if (removed > 0) log.info('Sandboxes of processes that are gone were removed', { removed });
    } catch (error) {
      // They are in nobody's way; the next start tries again.
      log.warn('What processes that are gone have left could not be removed', {
        reason: coerceError(error).message,
      });
    }
    return driver;
  }

  /** Once for each image, however many samples want it at once; again after a failure. */
  #prepare(driver: SandboxDriver, { name, source }: NamedSource): Promise<void> {
    const begun = this.#prepared.get(name);
    if (begun) return begun;
    const { log } = this.#context;
    const preparing = driver.prepareImage(name, source, (line) => log.info(line, { image: name }));
    this.#prepared.set(name, preparing);
    preparing.catch(() => this.#prepared.delete(name));
    return preparing;
  }
}
