import { TransportError, type EventFollower, type FollowRequest } from '../protocol/index.ts';

type Step = { readonly type: string; readonly data: object } | 'break';

/** A controller's stream of events, in memory. */
export class FakeEvents {
  /** Who followed, in order. */
  readonly requests: FollowRequest[] = [];
  /** Those that follow now. */
  followers = 0;
  #steps: Step[] = [];
  #lastId = 0;
  #wake: () => void = () => undefined;

  /** Tells it to who follows, or to the next one that does. */
  tell(type: string, data: object): void {
    this.#steps.push({ type, data });
    this.#wake();
  }

  /** The connection breaks. */
  break(): void {
    this.#steps.push('break');
    this.#wake();
  }

  readonly follow: EventFollower = (request) => this.#serve(request);

  async *#serve(request: FollowRequest) {
    const { signal } = request;
    this.requests.push(request);
    this.followers++;
    const onAbort = () => this.#wake();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      for (;;) {
        if (signal.aborted) throw new TransportError('aborted', 'aborted');
        const step = this.#steps.shift();
        if (step === 'break') throw new TransportError('lost', 'the connection broke');
        if (step) yield { id: `fake.${++this.#lastId}`, type: step.type, data: JSON.stringify(step.data) };
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.followers--;
    }
  }
}
