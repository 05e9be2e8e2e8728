import { isJsonObject, parseJson, type Json, type JsonObject } from '../base/index.ts';
import { agentbench, type SampleIndex, type WireAgentOutput } from '../protocol/index.ts';
import type { SpentBudget } from './sample-limits.ts';

/** One start of a session, as it is written down before it is sent. */
export interface JournaledStart {
  /** No two starts share one. It is the session's owner as well. */
  readonly startId: string;
  readonly controller: string;
  readonly agent: string;
  readonly task: string;
  /** The task's name at the controller. */
  readonly name: string;
  readonly index: SampleIndex;
  /** From 1. Absent where it was not written down, as by the first version of this program: its session can only be ended. */
  readonly attempt?: number;
}

/** An answer of the agent, written down before it is sent. */
export interface JournaledAnswer {
  /** Its number within the session, from 1. */
  readonly turn: number;
  readonly answer: WireAgentOutput;
  /** By the sample so far. */
  readonly spent: SpentBudget;
}

/** A session of which it is not certain that it is over. */
export interface JournaledSession extends JournaledStart {
  /** At its controller; absent while its start is not answered. */
  readonly id?: number;
  /** The last one; whether it was sent is not known. */
  readonly last?: JournaledAnswer;
  /** Its sample's end is recorded, or does not count: it is to be ended, not gone on with. */
  readonly isAbandoned?: boolean;
}

/** What an evaluation before this one did not end. */
export interface LeftOver {
  readonly sessions: readonly JournaledSession[];
  /** What the owners of sessions begin with, as the first version of this program wrote them down. */
  readonly owners: readonly string[];
}

export function formatStart({ startId, ...start }: JournaledStart): string {
  const { agent, task, name, index, attempt, controller } = start;
  const line = { event: 'start', start_id: startId, agent, task, name, index, attempt, controller };
  return JSON.stringify(line);
}

export function formatSession(startId: string, id: number): string {
  return JSON.stringify({ event: 'session', start_id: startId, id });
}

export function formatAnswer(startId: string, { turn, answer, spent }: JournaledAnswer): string {
  return JSON.stringify({ event: 'answer', start_id: startId, turn, answer, spent });
}

export function formatEnd(startId: string, isOver: boolean): string {
  return JSON.stringify({ event: isOver ? 'end' : 'abandoned', start_id: startId });
}

/** The lines that say as much as all that were written so far. */
export function formatLeftOver({ sessions, owners }: LeftOver): string {
  const ownerLines = owners.map((owner) => JSON.stringify({ event: 'owner', owner }));
  const sessionLines = sessions.flatMap((session) => {
    const { startId, id, last, isAbandoned } = session;
    return [
      formatStart(session),
      ...(id === undefined ? [] : [formatSession(startId, id)]),
      ...(last ? [formatAnswer(startId, last)] : []),
      ...(isAbandoned ? [formatEnd(startId, false)] : []),
    ];
  });
  return [...ownerLines, ...sessionLines, ''].join('\n');
}

/** A line that cannot be read was cut off by the kill, before what it tells of was sent. */
export function readLeftOver(text: string): LeftOver {
  const live = new Map<string, JournaledSession>();
  const owners: string[] = [];
  for (const line of text.split('\n')) {
    const entry = parseLine(line);
    if (!entry) continue;
    if (entry['event'] === 'owner' && typeof entry['owner'] === 'string') owners.push(entry['owner']);
    else applyEntry(live, entry);
  }
  return { sessions: [...live.values()], owners };
}

function parseLine(line: string): JsonObject | undefined {
  try {
    const entry = parseJson(line);
    return isJsonObject(entry) ? entry : undefined;
  } catch {
    // Torn: see above.
    return undefined;
  }
}

function applyEntry(live: Map<string, JournaledSession>, entry: JsonObject): void {
  const startId = readStartId(entry);
  if (startId === undefined) return;
  const { event, id } = entry;
  if (event === 'end') live.delete(startId);
  const known = event === 'start' ? readStart(startId, entry) : live.get(startId);
  if (!known || event === 'end') return;
  const isKnownId = typeof id === 'number' && Number.isSafeInteger(id);
  const last = event === 'answer' ? readAnswer(entry) : undefined;
  live.set(startId, {
    ...known,
    ...(isKnownId && { id }),
    ...(last && { last }),
    ...(event === 'abandoned' && { isAbandoned: true }),
  });
}

/** The first version of this program named sessions by their controller and their id there. */
function readStartId({ start_id: startId, id, controller }: JsonObject): string | undefined {
  if (typeof startId === 'string') return startId;
  return typeof id === 'number' && typeof controller === 'string' ? `${id} ${controller}` : undefined;
}

function readStart(startId: string, entry: JsonObject): JournaledStart | undefined {
  const { controller, agent, task, name, index, attempt } = entry;
  const texts = [controller, agent, task, name];
  if (!texts.every((text) => typeof text === 'string')) return undefined;
  if (typeof index !== 'number' && typeof index !== 'string') return undefined;
  const [atController, byAgent, ofTask, called] = texts as [string, string, string, string];
  return {
    startId,
    controller: atController,
    agent: byAgent,
    task: ofTask,
    name: called,
    index,
    ...(typeof attempt === 'number' && { attempt }),
  };
}

function readAnswer({ turn, answer, spent }: JsonObject): JournaledAnswer | undefined {
  const parsed = agentbench.agentOutputSchema.safeParse(answer);
  if (!parsed.success || typeof turn !== 'number') return undefined;
  const readNumber = (name: string): number => {
    const value: Json | undefined = isJsonObject(spent) ? spent[name] : undefined;
    return typeof value === 'number' ? value : 0;
  };
  const used = { ms: readNumber('ms'), tokens: readNumber('tokens') };
  return { turn, answer: agentbench.toWireAgentOutput(parsed.data), spent: used };
}
