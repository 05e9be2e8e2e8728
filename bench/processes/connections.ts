import { HttpConnection } from './http-connection.ts';

/** The kept connections of one server; they are opened as they are needed. */
export class Connections {
  readonly #origin: string;
  #open: HttpConnection[] = [];

  constructor(origin: string) {
    this.#origin = origin;
  }

  async take(count: number): Promise<readonly HttpConnection[]> {
    // A server lets go of connections that were idle for long.
    this.#open = this.#open.filter((connection) => connection.isOpen);
    while (this.#open.length < count) this.#open.push(await HttpConnection.open(this.#origin));
    return this.#open.slice(0, count);
  }

  /** Opens another in the place of a broken one. */
  async replace(broken: HttpConnection): Promise<HttpConnection> {
    broken.close();
    const fresh = await HttpConnection.open(this.#origin);
    const position = this.#open.indexOf(broken);
    if (position === -1) this.#open.push(fresh);
    else this.#open[position] = fresh;
    return fresh;
  }
}
