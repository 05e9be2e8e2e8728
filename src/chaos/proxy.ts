import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { sleep, type Clock } from '../base/index.ts';

/** Which way a message goes. */
export type Direction = 'request' | 'reply';

interface Link {
  /** Whoever connected, and whom it is connected with. */
  readonly client: Socket;
  readonly server: Socket;
  /** The last request asks for something to be done, rather than for a look. */
  isAction: boolean;
}

interface ArmedCut {
  readonly share: number;
  readonly strike: () => void;
}

const host = '127.0.0.1';

/**
 * Passes bytes on between clients and one port of this machine, until it is told to cut or to hold. Where nobody listens, it ends the
 * connection that was made to it.
 */
export class TcpProxy {
  readonly #clock: Clock;
  readonly #targetPort: number;
  readonly #server: Server;
  readonly #links = new Set<Link>();
  readonly #cuts: Record<Direction, ArmedCut[]> = { request: [], reply: [] };
  #holds = 0;
  #replies = 0;

  private constructor(targetPort: number, clock: Clock) {
    this.#clock = clock;
    this.#targetPort = targetPort;
    this.#server = createServer({ pauseOnConnect: true }, (client) => this.#accept(client));
  }

  /** Listens on a free port of this machine. */
  static async open(targetPort: number, clock: Clock): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort, clock);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(0, host, resolve);
    });
    return proxy;
  }

  /** How many replies to a POST have passed. */
  get replies(): number {
    return this.#replies;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /**
   * Cuts the connection of the next POST in its request or in its reply: of the first bytes that come, `share` is passed on. Resolves to
   * true when that has happened; to false, without an effect, when the signal is aborted before.
   */
  cutNext(direction: Direction, share: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const cut: ArmedCut = { share, strike: () => resolve(true) };
      const cuts = this.#cuts[direction];
      cuts.push(cut);
      const withdraw = () => {
        if (cuts.includes(cut)) cuts.splice(cuts.indexOf(cut), 1);
        resolve(false);
      };
      if (signal.aborted) withdraw();
      else signal.addEventListener('abort', withdraw, { once: true });
    });
  }

  /** Passes nothing on for so long, in neither direction; nothing is lost. */
  async hold(holdMs: number, signal: AbortSignal): Promise<void> {
    this.#holds++;
    this.#settle();
    try {
      await sleep(this.#clock, holdMs, signal).catch(() => undefined);
    } finally {
      this.#holds--;
      this.#settle();
    }
  }

  /** Ends all connections and stops listening. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const link of this.#links) end(link);
    await closed;
  }

  #accept(client: Socket): void {
    const server = connect({ host, port: this.#targetPort });
    const link: Link = { client, server, isAction: false };
    this.#links.add(link);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => end(link));
      socket.on('close', () => {
        this.#links.delete(link);
        end(link);
      });
    }
    client.on('data', (bytes: Buffer) => this.#pass('request', link, bytes));
    server.on('data', (bytes: Buffer) => this.#pass('reply', link, bytes));
    client.on('end', () => server.end());
    server.on('end', () => client.end());
    this.#settle();
  }

  #settle(): void {
    for (const { client, server } of this.#links) {
      for (const socket of [client, server]) {
        if (this.#holds > 0) socket.pause();
        else socket.resume();
      }
    }
  }

  #pass(direction: Direction, link: Link, bytes: Buffer): void {
    const start = bytes.subarray(0, 8).toString('latin1');
    if (direction === 'request' && /^[A-Z]{3,7} /.test(start)) link.isAction = start.startsWith('POST ');
    const isStart = start.startsWith(direction === 'request' ? 'POST ' : 'HTTP/');
    const receiver = direction === 'request' ? link.server : link.client;
    const cut = isStart && link.isAction ? this.#cuts[direction].shift() : undefined;
    if (!cut) {
      if (direction === 'reply' && isStart && link.isAction) this.#replies++;
      receiver.write(bytes);
      return;
    }
    const arriving = bytes.subarray(0, Math.floor(bytes.length * cut.share));
    // Nothing that comes from now on is passed on, also when a hold ends meanwhile.
    this.#links.delete(link);
    link.client.pause();
    link.server.pause();
    receiver.write(arriving, () => {
      end(link);
      cut.strike();
    });
  }
}

function end({ client, server }: Link): void {
  client.destroy();
  server.destroy();
}
