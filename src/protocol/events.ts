import { z } from 'zod';
import { sessionEnds } from './dialects/agentbench/schemas.ts';
import type { SampleIndex } from './sample.ts';

/** Where a controller tells what happens, as server-sent events; below the prefix. */
export const eventsPath = '/events';

/** What a client may choose from; everything unless it says. */
export const eventKinds = ['workers', 'slots', 'sessions', 'turns'] as const;
export type EventKind = (typeof eventKinds)[number];

const worker = z.looseObject({ task: z.string(), worker_id: z.int(), address: z.string() });
const slots = z.looseObject({
  task: z.string(),
  /** Of its workers that may be given work. */
  capacity: z.int(),
  /** How many of those are taken. */
  used: z.int(),
});

/** What happens at a controller, by the event's type. */
export const controllerEvents = {
  /** How things stand: to a client without an id, and to one that has missed what is no longer kept. */
  reset: z.looseObject({ workers: z.array(worker), slots: z.array(slots), sessions: z.int() }),
  worker_joined: worker,
  worker_left: worker,
  slots,
  /** It has its slot. */
  session_started: z.looseObject({
    session_id: z.int(),
    task: z.string(),
    index: z.custom<SampleIndex | null>(),
    worker_id: z.int(),
    owner: z.string().optional(),
  }),
  /** The environment has answered; `turn` is null where nobody counts. */
  session_turn: z.looseObject({ session_id: z.int(), task: z.string(), turn: z.int().nullable() }),
  session_ended: z.looseObject({ session_id: z.int(), task: z.string(), reason: z.enum(sessionEnds) }),
} as const;

export type EventType = keyof typeof controllerEvents;
export type EventData<Type extends EventType> = z.output<(typeof controllerEvents)[Type]>;

/** One event of a stream, as it came. */
export interface StreamedEvent {
  readonly id?: string | undefined;
  readonly type: string;
  readonly data: string;
}

export interface FollowRequest {
  readonly url: string;
  /** Goes on after this event. */
  readonly lastEventId?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Follows a stream of events until it ends or breaks: then it throws `TransportError`, or just ends. Whoever follows events is handed
 * one, so that a test can stand in the place of a server.
 */
export type EventFollower = (request: FollowRequest) => AsyncIterable<StreamedEvent>;
