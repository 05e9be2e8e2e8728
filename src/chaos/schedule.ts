import { linkNames, workerNames, type Fault } from './fault.ts';
import { createRandom, type Random } from './random.ts';

export interface ScheduleRequest {
  readonly seed: number;
  /** How long there are faults. */
  readonly durationMs: number;
  readonly perMinute: number;
}

type Untimed = Fault extends infer One ? (One extends Fault ? Omit<One, 'atMs'> : never) : never;

const links = linkNames.slice(1) as [(typeof linkNames)[1], ...(typeof linkNames)[number][]];

/**
 * The faults in the order of their times, the same for the same seed. They come in rounds that have each kind, shuffled, so that every
 * kind is spread over the whole duration.
 */
export function makeSchedule({ seed, durationMs, perMinute }: ScheduleRequest): readonly Fault[] {
  const random = createRandom(seed);
  const count = Math.round((durationMs / 60_000) * perMinute);
  const slotMs = durationMs / Math.max(1, count);
  const untimed: Untimed[] = [];
  for (let round = 0; untimed.length < count; round++) untimed.push(...makeRound(random, round));
  return untimed
    .slice(0, count)
    .map((fault, slot) => ({ ...fault, atMs: Math.round((slot + random.next()) * slotMs) }) as Fault);
}

function makeRound(random: Random, round: number): readonly Untimed[] {
  const pauseMs = () => Math.round(random.between(0, 600));
  const worker = () => random.pick(workerNames);
  // In turns, one of the three kinds of program is stopped for longer than it may be silent.
  const stopMs = (place: number) =>
    Math.round(round % 3 === place ? random.between(4_500, 6_500) : random.between(300, 1_500));
  const delayMs = () => Math.round(random.between(200, 1_500));
  const share = () => random.pick([0, 0.5, 0.95]);
  return random.shuffle<Untimed>([
    { kind: 'kill', program: 'controller', holdMs: pauseMs() },
    { kind: 'kill', program: worker(), holdMs: pauseMs() },
    { kind: 'kill', program: 'assigner', holdMs: pauseMs() },
    { kind: 'stop', program: worker(), holdMs: stopMs(0) },
    { kind: 'stop', program: 'controller', holdMs: stopMs(1) },
    { kind: 'stop', program: 'assigner', holdMs: stopMs(2) },
    { kind: 'restart', program: 'controller', holdMs: pauseMs() },
    { kind: 'restart', program: worker(), holdMs: pauseMs() },
    { kind: 'restart', program: 'assigner', holdMs: pauseMs() },
    ...[0, 1, 2].flatMap((): Untimed[] => [
      { kind: 'cut-request', link: 'assigner-controller', share: share() },
      { kind: 'cut-request', link: random.pick(links), share: share() },
      { kind: 'cut-reply', link: 'assigner-controller', share: share() },
      { kind: 'cut-reply', link: random.pick(links), share: share() },
    ]),
    ...[0, 1].flatMap((): Untimed[] => [
      { kind: 'delay', link: 'assigner-controller', holdMs: delayMs() },
      { kind: 'delay', link: random.pick(links), holdMs: delayMs() },
    ]),
    { kind: 'fill-disk', holdMs: Math.round(random.between(500, 1_500)) },
  ]);
}
