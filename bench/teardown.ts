/** What is to be released at the end, last first, whatever happens on the way. */
export class Teardown implements AsyncDisposable {
  readonly #releases: (() => Promise<unknown>)[] = [];

  /** Takes a resource in and gives it back. */
  use<Resource extends AsyncDisposable>(resource: Resource): Resource {
    this.#releases.push(async () => resource[Symbol.asyncDispose]());
    return resource;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const release of this.#releases.splice(0).reverse()) await release();
  }
}
