import { randomUUID } from 'node:crypto';
import type { EventData, EventKind, EventType } from '../protocol/index.ts';

interface LoggedEvent<Type extends EventType = EventType> {
  readonly type: Type;
  readonly data: EventData<Type>;
}

/** Somebody who is told. */
export interface EventReader {
  /** What it wants to hear of. */
  readonly kinds: ReadonlySet<EventKind>;
  /** The last event that it has, if any. */
  readonly lastEventId: string | undefined;
  readonly write: (text: string) => void;
}

interface Following extends EventReader {
  /** The number of the next event that it is to be told. */
  next: number;
}

interface LogDependencies {
  /** How things stand now. */
  readonly describe: () => EventData<'reset'>;
  /** How many events are kept for those who come back. */
  readonly keptEvents: number;
}

const kindOf: Readonly<Record<Exclude<EventType, 'reset'>, EventKind>> = {
  worker_joined: 'workers',
  worker_left: 'workers',
  slots: 'slots',
  session_started: 'sessions',
  session_ended: 'sessions',
  session_turn: 'turns',
};

/**
 * The last events, and who follows them. To note one costs an entry in a ring; it is written out once, with all others of the same step
 * of the event loop, and only if somebody follows.
 */
export class EventLog {
  readonly #describe: () => EventData<'reset'>;
  /** Names this log, since a later one counts anew. */
  readonly #name = randomUUID();
  readonly #ring: (LoggedEvent | undefined)[];
  readonly #readers = new Set<Following>();
  /** The number of the next event; the first is 1. */
  #next = 1;
  #isDue = false;

  constructor({ describe, keptEvents }: LogDependencies) {
    this.#describe = describe;
    this.#ring = new Array<LoggedEvent | undefined>(keptEvents);
  }

  get readers(): number {
    return this.#readers.size;
  }

  note<Type extends Exclude<EventType, 'reset'>>(type: Type, data: EventData<Type>): void {
    this.#ring[this.#next++ % this.#ring.length] = { type, data };
    if (this.#readers.size === 0 || this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.#tellAll();
    });
  }

  /** Tells the reader what it has missed, and from then on whatever happens, until the returned function is called. */
  follow(reader: EventReader): () => void {
    const last = this.#numberOf(reader.lastEventId);
    const following: Following = { ...reader, next: last === undefined ? 0 : last + 1 };
    this.#tell(following, new Map());
    this.#readers.add(following);
    return () => this.#readers.delete(following);
  }

  /** Keeps connections from looking dead. */
  keepAlive(): void {
    for (const { write } of this.#readers) write(':\n\n');
  }

  #tellAll(): void {
    const texts = new Map<number, string>();
    for (const reader of this.#readers) this.#tell(reader, texts);
  }

  #tell(reader: Following, texts: Map<number, string>): void {
    let text = '';
    if (reader.next < Math.max(1, this.#next - this.#ring.length)) {
      const state = this.#describe();
      // What was noted for that is in it.
      reader.next = this.#next;
      text = this.#format(this.#next - 1, 'reset', state);
    }
    for (; reader.next < this.#next; reader.next++) {
      const event = this.#ring[reader.next % this.#ring.length] as LoggedEvent<Exclude<EventType, 'reset'>>;
      if (!reader.kinds.has(kindOf[event.type])) continue;
      const known = texts.get(reader.next) ?? this.#format(reader.next, event.type, event.data);
      texts.set(reader.next, known);
      text += known;
    }
    if (text !== '') reader.write(text);
  }

  #format(number: number, type: EventType, data: unknown): string {
    return `id: ${this.#name}.${number}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
  }

  /** Undefined for an id of another log, or of an event that is still to come. */
  #numberOf(id: string | undefined): number | undefined {
    const [name, digits = ''] = id?.split('.') ?? [];
    const number = Number(digits);
    return name === this.#name && /^\d+$/.test(digits) && number < this.#next ? number : undefined;
  }
}
