import type { Clock } from '../../../base/index.ts';
import type { DatabaseEngine } from './engine.ts';

export interface EngineSettings {
  readonly engine: 'embedded' | 'mysql';
  /** The mysql engine's server. */
  readonly url?: string | undefined;
  /** How long one statement may run. */
  readonly statementLimitMs: number;
  readonly clock: Clock;
}

/** Starts the engine of that name; only then is what it stands on loaded. Throws `database-unreachable` when its server does not answer. */
export async function createEngine(settings: EngineSettings): Promise<DatabaseEngine> {
  const { engine, url = '', statementLimitMs, clock } = settings;
  if (engine === 'mysql') {
    const { MysqlEngine } = await import('./mysql/index.ts');
    return MysqlEngine.open({ url, statementLimitMs, clock });
  }
  const { EmbeddedEngine } = await import('./embedded/index.ts');
  return new EmbeddedEngine({ statementLimitMs, clock });
}
