import { percentile } from '../statistics.ts';

/** What is noted while turns are played. */
export interface TurnLog {
  readonly latencies: number[];
  readonly errors: string[];
}

export interface LoadReport {
  readonly turns: number;
  readonly turnsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly errors: number;
  /** The first of them. */
  readonly firstError: string | undefined;
}

export function createReport({ latencies, errors }: TurnLog, durationMs: number): LoadReport {
  return {
    turns: latencies.length,
    turnsPerSecond: (latencies.length * 1000) / durationMs,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    errors: errors.length,
    firstError: errors[0],
  };
}

/** Gives the report of a load that must not fail. Throws with its first error. */
export function requireNoErrors(report: LoadReport): LoadReport {
  if (report.errors === 0) return report;
  throw new Error(`${report.errors} of ${report.turns} turns failed: ${report.firstError}`);
}
