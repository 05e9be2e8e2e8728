import { Teardown } from '../teardown.ts';
import { makeScratchFolder } from '../scratch.ts';
import type { BenchSettings } from '../settings.ts';
import type { GeneratorOperations } from './generator.ts';
import { requireNoErrors, type LoadReport } from './load-report.ts';
import { startPart, type Part } from './part.ts';
import { readCpuMs } from './process-facts.ts';
import { startController, type Program } from './programs.ts';
import type { ProxyOperations } from './proxy.ts';
import type { StubOperations } from './stub-worker.ts';

export interface RelayBedPlan {
  readonly workers?: number;
  readonly sessions: number;
  readonly indices?: number;
  readonly heartbeatEveryMs?: number;
}

/** A real controller, stub workers, a load generator, and sessions that are open and wait for their first answers. */
export interface RelayBed extends AsyncDisposable {
  readonly controller: Program;
  readonly stub: Part<StubOperations>;
  readonly generator: Part<GeneratorOperations>;
  /** The first worker's own server. */
  readonly worker: Middle;
  readonly startsPerSecond: number;
  /** Plays at a server with so many sessions always busy; throws when a turn fails. */
  play(middle: Middle, load: { readonly concurrency: number; readonly durationMs: number }): Promise<Rate>;
  /** Has a server play so many turns that its code is compiled. */
  warmUp(origin: string): Promise<void>;
  /** Starts a proxy in front of the first worker and gives it with its origin. */
  startProxy(passes: 'bytes' | 'json'): Promise<Middle>;
}

/** A server that turns are sent to. */
export interface Middle {
  readonly pid: number;
  readonly origin: string;
}

export interface Rate extends LoadReport {
  /** Of the server's process. Unlike the rate, it hardly depends on what else the machine does. */
  readonly cpuMicrosPerTurn: number;
}

const task = 'bench';
const warmUpConcurrency = 16;
/** A real worker's. */
const usualHeartbeatMs = 8_000;
/** A history of 2 kB. */
const replyBytes = 2_000;

export async function startRelayBed(settings: BenchSettings, plan: RelayBedPlan): Promise<RelayBed> {
  const { workers = 1, sessions, indices = 1_000, heartbeatEveryMs = usualHeartbeatMs } = plan;
  const teardown = new Teardown();
  try {
    const folder = teardown.use(await makeScratchFolder(settings.scratch));
    const controller = teardown.use(await startController(settings, folder.path));
    const stub = teardown.use(startPart<StubOperations>('stub-worker.js'));
    const generator = teardown.use(startPart<GeneratorOperations>('generator.js'));
    const capacity = Math.ceil(sessions / workers);
    const fleet = { workers, task, capacity, indices, replyBytes, heartbeatEveryMs };
    const { origins } = await stub.call('start', { ...fleet, controller: `${controller.origin}/api` });
    const workerOrigin = origins[0] as string;
    const { startsPerSecond } = await generator.call('open', {
      origin: controller.origin,
      task,
      indices,
      count: sessions,
    });
    return {
      controller,
      stub,
      generator,
      worker: { pid: stub.pid, origin: workerOrigin },
      startsPerSecond,
      async play({ pid, origin }, load) {
        const cpuBeforeMs = readCpuMs(pid);
        const report = requireNoErrors(await generator.call('play', { ...load, origin }));
        return { ...report, cpuMicrosPerTurn: ((readCpuMs(pid) - cpuBeforeMs) * 1000) / report.turns };
      },
      async warmUp(target) {
        const load = { origin: target, concurrency: warmUpConcurrency, durationMs: 500, leastTurns: 5_000 };
        requireNoErrors(await generator.call('play', load));
      },
      async startProxy(passes) {
        const proxy = teardown.use(startPart<ProxyOperations>('proxy.js'));
        const { origin } = await proxy.call('start', { target: workerOrigin, passes });
        return { pid: proxy.pid, origin };
      },
      [Symbol.asyncDispose]: () => teardown[Symbol.asyncDispose](),
    };
  } catch (error) {
    await teardown[Symbol.asyncDispose]();
    throw error;
  }
}
