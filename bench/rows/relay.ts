import { atLeast, shown, type Figure } from '../figure.ts';
import { startRelayBed, type Middle, type Rate } from '../processes/relay-bed.ts';
import { alternate } from '../rounds.ts';
import type { BenchSettings } from '../settings.ts';
import { median, medianOf } from '../statistics.ts';

const sessions = 64;

/** Turns a second through the controller, against a proxy that does nothing but pass bytes on, with the same workers and load. */
export async function measure(settings: BenchSettings): Promise<readonly Figure[]> {
  await using bed = await startRelayBed(settings, { sessions });
  const bytes = await bed.startProxy('bytes');
  const json = await bed.startProxy('json');
  for (const { origin } of [bed.controller, bytes, json, bed.worker]) await bed.warmUp(origin);
  const durationMs = settings.quick ? 1_000 : 5_000;
  const rate = (middle: Middle) => () => bed.play(middle, { concurrency: sessions, durationMs });
  const measured = await alternate(settings.rounds, {
    controller: rate(bed.controller),
    bytes: rate(bytes),
    json: rate(json),
    direct: rate(bed.worker),
  });
  const { controller, bytes: proxy, json: parsing } = measured;
  const ratioOf = (over: readonly Rate[], under: readonly Rate[], of: (rate: Rate) => number) =>
    median(over.map((rate, round) => of(rate) / of(under[round] as Rate)));
  const speed = (rate: Rate) => rate.turnsPerSecond;
  const cost = (rate: Rate) => rate.cpuMicrosPerTurn;
  const turns = { unit: 'turns/s' };
  const micros = { unit: 'µs' };
  return [
    atLeast('controller ÷ bare proxy', ratioOf(controller, proxy, speed), { goal: 0.85, digits: 2 }),
    shown('the same, by processor time a turn', ratioOf(proxy, controller, cost), { digits: 2 }),
    shown('controller', medianOf(controller, speed), turns),
    shown('bare proxy (bytes)', medianOf(proxy, speed), turns),
    shown('proxy that parses', medianOf(parsing, speed), turns),
    shown('no relay at all', medianOf(measured.direct, speed), turns),
    shown('processor time a turn, controller', medianOf(controller, cost), micros),
    shown('processor time a turn, bare proxy', medianOf(proxy, cost), micros),
  ];
}
