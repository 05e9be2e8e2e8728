import { z } from 'zod';
import type { Json } from '../../../base/index.ts';
import { agentStatuses, sampleStatuses, type SampleIndex } from '../../sample.ts';

/**
 * What may be wrong with a field, in the words of the reference's validation (pydantic 1). A schema's message is one of
 * these; `validation-detail.ts` turns it into the reply's text.
 */
export const fieldFaults = [
  'integer',
  'string',
  'dict',
  'list',
  'index',
  'status',
  'role',
  'content',
  /** Too many characters, or too many entries; the most that is allowed stands beside it. */
  'bound',
] as const;
export type FieldFault = (typeof fieldFaults)[number];

const fault = (name: FieldFault) => ({ error: () => name });

/** Numbers and booleans are taken for their text, in Python's spelling, as the reference does. */
const wireString = z.union(
  [z.string(), z.number().transform(String), z.boolean().transform((value) => (value ? 'True' : 'False'))],
  fault('string'),
);
const wireInteger = z.union(
  [
    z.int(),
    z
      .string()
      .regex(/^\s*[+-]?\d+\s*$/)
      .transform(Number)
      .pipe(z.int()),
  ],
  fault('integer'),
);

/** The most characters of a name, an owner or an id of a client's own; and of an address. */
const longestName = 200;
const longestAddress = 2_000;
/** The most messages of one history, and samples of one task, in a request. */
const longestHistory = 10_000;
const mostIndices = 2_000_000;

const nameSchema = wireString.pipe(z.string().max(longestName, fault('bound')));
const addressSchema = wireString.pipe(z.string().max(longestAddress, fault('bound')));
/** A field of ours alone: what a foreign client may have meant by it otherwise is ignored, but a name that is too long is no name. */
const ownNameSchema = z
  .string()
  .optional()
  .catch(undefined)
  .transform((text) => (text === '' ? undefined : text))
  .pipe(z.string().max(longestName, fault('bound')).optional());

export const sampleIndexSchema = z.union([z.int(), z.string()], fault('index'));
/** Below 2^53. A string of digits is taken for the number, as the reference does. */
export const sessionIdSchema = wireInteger;
const jsonSchema = z
  .unknown()
  .optional()
  .transform((value) => (value === undefined ? null : value) as Json);

/** `content` is a string, or in VisualAgentBench's dialect a list of parts. */
export const chatItemSchema = z.looseObject(
  {
    role: z.enum(['user', 'agent', 'system'], fault('role')),
    content: z.union([wireString, z.array(z.looseObject({ type: z.string() }))], fault('string')),
  },
  fault('dict'),
);

export const agentOutputSchema = z
  .object(
    {
      status: z.enum(agentStatuses, fault('status')).default('normal'),
      content: wireString.nullish().transform((content) => content ?? null),
    },
    fault('dict'),
  )
  .refine((output) => output.status !== 'normal' || output.content !== null, fault('content'));

const history = z.array(chatItemSchema, fault('list'));
export const taskOutputSchema = describeOutput(history);
/** One that a client sends. */
const givenOutputSchema = describeOutput(history.max(longestHistory, fault('bound')));

function describeOutput(messages: typeof history) {
  return z.object(
    {
      index: sampleIndexSchema.nullish().transform((index) => index ?? null),
      status: z.enum(sampleStatuses, fault('status')).default('running'),
      result: jsonSchema,
      history: messages.nullish().transform((items) => items ?? null),
    },
    fault('dict'),
  );
}

export type WireChatItem = z.output<typeof chatItemSchema>;
export type WireAgentOutput = z.output<typeof agentOutputSchema>;
export type WireTaskOutput = z.output<typeof taskOutputSchema>;

/** Ours alone. Parts stand behind colons: whoever ends the sessions of `a` ends those of `a:1` as well. */
const ownerSchema = z.string(fault('string')).min(1, fault('string')).max(longestName, fault('bound'));
/** Ours alone: no two starts of sessions share one, so that a start whose reply was lost may be sent again. */
const startIdSchema = ownNameSchema;
/** Ours alone: the number of the agent's answer within its session, from 1. */
const turnSchema = z.int(fault('integer')).min(1, fault('integer'));
/** Ours alone: how many messages of the history the client has. Whoever writes something else there gets the whole history. */
const knownMessagesSchema = z.int().min(0).optional().catch(undefined);
/** Ours alone: how many messages the reply leaves out since the client has them. A client that misread it would lose a part of the talk. */
const leftOutSchema = z.int().min(0).optional();
/** The longest that a start may wait for a slot: a day, in ms. */
const longestWaitMs = 24 * 3_600_000;

// Requests to the controller
export const startSampleRequest = z.object(
  {
    name: nameSchema,
    index: sampleIndexSchema,
    /** Ours alone: who the session is started for, so that its owner finds it again when the reply was lost. */
    owner: ownNameSchema,
    start_id: startIdSchema,
    /** Ours alone: how long the request may wait for a slot, in ms; 406 at once unless given. */
    wait: z.number().min(0).max(longestWaitMs).optional().catch(undefined),
  },
  fault('dict'),
);
export const interactRequest = z.object(
  {
    session_id: sessionIdSchema,
    agent_response: agentOutputSchema,
    turn: turnSchema.optional(),
    since: knownMessagesSchema,
  },
  fault('dict'),
);
export const sessionRequest = z.object({ session_id: sessionIdSchema }, fault('dict'));
export const heartbeatRequest = z.object(
  {
    name: nameSchema,
    address: addressSchema,
    concurrency: wireInteger,
    /** Whatever the worker lists, as the reference takes it; what is neither an integer nor a string can never be started. */
    indices: z
      .array(z.unknown(), fault('list'))
      .max(mostIndices, fault('bound'))
      .transform((indices) => indices as SampleIndex[]),
    /** Ours alone: tells a restarted worker from the one before it on the same address. */
    instance: ownNameSchema,
    /** Ours alone: session id → owner, so that a controller started anew knows whose its sessions are. */
    owners: z.record(z.string(), z.string()).optional().catch(undefined),
    /** Ours alone: how long a step of this task may take, in seconds, in the place of the controller's own limit. */
    step_seconds: z.number().positive().optional().catch(undefined),
  },
  fault('dict'),
);
export const ownerRequest = z.object({ owner: ownerSchema }, fault('dict'));
/** Ours alone: a worker that stops says so. */
export const unregisterRequest = z.object(
  { name: nameSchema, address: addressSchema, instance: ownNameSchema },
  fault('dict'),
);
export const overallRequest = z.object(
  { name: nameSchema, results: z.array(givenOutputSchema, fault('list')) },
  fault('dict'),
);
export const sessionQuery = z.object({ session_id: sessionIdSchema }, fault('dict'));
export const indicesQuery = z.object({ name: nameSchema }, fault('dict'));

// Requests to a worker
export const workerStartRequest = z.object(
  {
    index: sampleIndexSchema,
    session_id: sessionIdSchema,
    owner: ownNameSchema,
    start_id: startIdSchema,
  },
  fault('dict'),
);

// Replies
export const sessionReply = z.looseObject({
  session_id: z.int(),
  output: taskOutputSchema,
  since: leftOutSchema,
});
/** As much of a session's reply as concerns who passes it on: the history in it is checked by the client that reads it. */
export const relayedReply = z
  .looseObject({
    session_id: z.int(),
    output: z.looseObject({ status: z.enum(sampleStatuses, fault('status')).default('running') }),
  })
  .transform(({ output }) => output.status);
export const cancelReply = z.looseObject({ session_id: z.int() });
export const indicesReply = z.array(z.unknown()).transform((indices) => indices as SampleIndex[]);
export const sessionsReply = z.record(z.string(), z.union([z.int(), z.string(), z.null()]));
export const workerStatusReply = z.looseObject({ concurrency: z.int(), current: z.int() });
export const nothingReply = z.unknown().transform(() => null);
export const overallReply = jsonSchema;
export const sampleStatusReply = z.looseObject({
  session_id: z.int(),
  index: sampleIndexSchema.nullable(),
  /** Ours alone: how many of the agent's answers it has taken. */
  turn: z.int().optional(),
  status: z.looseObject({
    waiting_for_env: z.boolean(),
    waiting_for_agent: z.boolean(),
    env_input: agentOutputSchema.nullable(),
    env_output: taskOutputSchema,
  }),
});

export const workerEntry = z.looseObject({
  id: z.int(),
  address: z.string(),
  capacity: z.int(),
  current: z.int(),
  /** Seconds since the epoch. */
  last_visit: z.number(),
  /** 0 alive, 1 coma (silent for too long), 2 dead (a call to it failed). */
  status: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  locked: z.boolean(),
});
export const listWorkersReply = z.record(
  z.string(),
  z.looseObject({ indices: indicesReply, workers: z.record(z.string(), workerEntry) }),
);
export const sessionEntry = z.looseObject({
  name: z.string(),
  index: sampleIndexSchema.nullable(),
  /** Seconds since the epoch. */
  start: z.number(),
  last_update: z.number(),
  worker_id: z.int(),
  locked: z.boolean(),
  /** Ours alone, where the start named one. */
  owner: z.string().optional(),
});
export const listSessionsReply = z.record(z.string(), sessionEntry);

/** What became of a session, as its controller knows it. */
export const sessionStates = ['starting', 'waiting for agent', 'stepping', 'cancelling', 'ended'] as const;
export const sessionEnds = ['finished', 'cancelled', 'expired', 'worker lost', 'start failed'] as const;
/** Ours alone: the reply of session_status. */
export const sessionStatusReply = z.looseObject({
  session_id: z.int(),
  name: z.string(),
  index: sampleIndexSchema.nullable(),
  state: z.enum(sessionStates),
  /** Why it ended; null while it lives. */
  reason: z.enum(sessionEnds).nullable(),
  /** The worker's address. */
  worker: z.string(),
  /** Turns played so far; null when only the worker knows and did not say. */
  turn: z.int().nullable(),
  /** Seconds since the epoch: of its start, and of its last turn or renewal. */
  start: z.number(),
  last_update: z.number(),
  /** What the worker sent last; null when it cannot be had. */
  output: taskOutputSchema.nullable(),
});
export const renewReply = z.looseObject({ session_id: z.int(), expires_in_seconds: z.number() });
/** Ours alone: what a controller can do beyond the reference. A field that is not there means that it cannot. */
export const versionReply = z.looseObject({
  name: z.string(),
  version: z.string(),
  /** It honours `turn` and `start_id`: every request may be sent again. */
  turns: z.boolean().optional(),
  /** It tells what happens, at `/events`. */
  events: z.boolean().optional(),
  /** It honours `wait` of a start. */
  waits: z.boolean().optional(),
  session_timeout_seconds: z.number().optional(),
  step_timeout_seconds: z.number().optional(),
});
export const healthReply = z.looseObject({
  status: z.string(),
  uptime_seconds: z.number(),
  workers: z.int(),
  sessions: z.int(),
});

export type SessionStatusReply = z.output<typeof sessionStatusReply>;
export type SessionEnd = (typeof sessionEnds)[number];
export type WorkerEntry = z.output<typeof workerEntry>;
export type SessionEntry = z.output<typeof sessionEntry>;
export type ListWorkersReply = z.output<typeof listWorkersReply>;
export type SessionReply = z.output<typeof sessionReply>;
