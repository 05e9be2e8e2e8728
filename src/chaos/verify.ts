import type { Evidence, RunLine, Step } from './evidence.ts';
import { explainEnd } from './explain-end.ts';
import { wordAnswer } from './thinking-agent.ts';

/** What a run came to, in numbers. */
export type Figures = {
  readonly samples: number;
  /** Samples without a scored run. */
  readonly lost: number;
  /** Samples with more than one. */
  readonly doubled: number;
  readonly sessions: number;
  readonly steps: number;
  /** Steps that an environment took more than once in one session. */
  readonly stepsDoubled: number;
  /** Steps of sessions that ended without a run: their samples were played anew. */
  readonly stepsReplayed: number;
  readonly samplesReplayed: number;
  /** Failed attempts, by their cause. */
  readonly retries: Readonly<Record<string, number>>;
};

export type Verdict = {
  readonly figures: Figures;
  /** What must not be, one sentence each; none when all is well. */
  readonly problems: readonly string[];
};

const fewProblems = 8;

/** Finds out whether every sample was scored once and every step taken once. */
export function verify(evidence: Evidence): Verdict {
  const sessions = groupBy(evidence.steps, ({ session }) => session);
  const samples = evidence.agents.flatMap((agent) =>
    Array.from({ length: evidence.samplesPerAgent }, (_none, index) => ({ agent, index })),
  );
  const scored = groupBy(evidence.runs.filter(isScored), keyOf);
  const lost = samples.filter((sample) => !scored.has(keyOf(sample)));
  const doubled = samples.filter((sample) => (scored.get(keyOf(sample))?.length ?? 0) > 1);
  const doubledSteps = [...sessions.values()].flatMap(findDoubledSteps);
  const played = new Set(evidence.runs.map(({ session }) => session));
  const abandoned = [...sessions].filter(([session]) => !played.has(session)).map(([, steps]) => steps);
  const unexplained = abandoned.filter((steps) => !explainEnd(steps, evidence));
  return {
    figures: {
      samples: samples.length,
      lost: lost.length,
      doubled: doubled.length,
      sessions: sessions.size,
      steps: evidence.steps.length,
      stepsDoubled: doubledSteps.length,
      stepsReplayed: abandoned.flat().length,
      samplesReplayed: abandoned.length,
      retries: countBy(evidence.failures, ({ cause }) => cause ?? 'without a cause'),
    },
    problems: [
      lost.map(({ agent, index }) => `sample ${index} of ${agent} is lost: it has no scored run`),
      doubled.map(({ agent, index }) => `sample ${index} of ${agent} has more than one run`),
      evidence.torn.map((place) => `${place} is not a whole line`),
      doubledSteps.map(
        ({ session, turn, worker }) => `turn ${turn} of session ${session} was played again by ${worker}`,
      ),
      findMissingTurns(evidence, sessions),
      findWrongAnswers(evidence),
      unexplained.map(
        (steps) =>
          `session ${steps[0]?.session} at ${steps[0]?.worker} was given up after ${steps.length} steps, and no fault explains it`,
      ),
      findWrongBlame(evidence),
    ].flatMap(takeFew),
  };
}

/** The first of one kind, and how many more there are. */
function takeFew(problems: readonly string[]): readonly string[] {
  const rest = problems.length - fewProblems;
  return rest <= 0 ? problems : [...problems.slice(0, fewProblems), `and ${rest} more of this kind`];
}

/** An outcome that is the agent's own counts for its score. */
function isScored({ cause }: RunLine): boolean {
  return cause !== undefined && ['none', 'agent', 'limit'].includes(cause);
}

function findDoubledSteps(steps: readonly Step[]): readonly Step[] {
  const seen = new Set<number>();
  return steps.filter(({ turn }) => seen.size === seen.add(turn).size);
}

/** The session of a run has each of its sample's turns, and no other. */
function findMissingTurns(
  { runs, turnsPerSample }: Evidence,
  sessions: ReadonlyMap<number, readonly Step[]>,
): readonly string[] {
  const expected = Array.from({ length: turnsPerSample }, (_none, position) => position + 1).join(' ');
  return runs.flatMap(({ agent, index, session }) => {
    const steps = session === undefined ? [] : (sessions.get(session) ?? []);
    const turns = [...new Set(steps.map(({ turn }) => turn))].sort((left, right) => left - right).join(' ');
    const wrong: string[] = [];
    if (turns !== expected)
      wrong.push(
        `session ${session} of sample ${index} of ${agent} has the turns ${turns || 'none'}, not ${expected}`,
      );
    if (steps.some((step) => step.index !== index))
      wrong.push(`session ${session} played another sample than ${index}, which its run is of`);
    return wrong;
  });
}

/** Each answer stands once in its run's history, in order: an answer that was played twice stands there twice. */
function findWrongAnswers({ runs, turnsPerSample }: Evidence): readonly string[] {
  return runs
    .filter(({ agent, index, answers }) => {
      const expected = Array.from({ length: turnsPerSample }, (_none, position) =>
        wordAnswer({ agent, index, turn: position + 1 }),
      );
      return answers.join('\n') !== expected.join('\n');
    })
    .map(
      ({ agent, index, session, answers }) =>
        `sample ${index} of ${agent} (session ${session}) was not played with its agent's answers in their order, but with: ${answers.join(', ')}`,
    );
}

/** Neither agents nor task do anything wrong here, no model is asked, and nobody cancels: nothing may be called their doing. */
function findWrongBlame({ runs, failures }: Evidence): readonly string[] {
  const innocent = ['agent', 'task', 'model-api', 'cancelled', undefined];
  return [...runs, ...failures]
    .filter(({ cause, status }) => innocent.includes(cause) || status?.startsWith('agent '))
    .map(
      ({ agent, index, cause, status, session }) =>
        `sample ${index} of ${agent} (session ${session}) has a line with the cause ${cause ?? 'none at all'} and the status ${status}`,
    );
}

function keyOf({ agent, index }: Pick<RunLine, 'agent' | 'index'>): string {
  return JSON.stringify([agent, index]);
}

function groupBy<T, Key>(list: readonly T[], keyOfItem: (item: T) => Key): ReadonlyMap<Key, readonly T[]> {
  const groups = new Map<Key, T[]>();
  for (const item of list) {
    const key = keyOfItem(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

function countBy<T>(list: readonly T[], keyOfItem: (item: T) => string): Record<string, number> {
  return Object.fromEntries(
    [...groupBy(list, keyOfItem)].map(([key, group]) => [key, group.length] as const),
  );
}
