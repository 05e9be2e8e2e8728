import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';

const resolutionMs = 20;
const quantiles = [0.5, 0.99, 1] as const;

/** How late the event loop is. It costs nothing until somebody wants to know. */
export class LoopLag {
  #histogram: IntervalHistogram | undefined;

  /** Measures from now on. Its timer keeps no process alive. */
  watch(): void {
    if (this.#histogram) return;
    this.#histogram = monitorEventLoopDelay({ resolution: resolutionMs });
    this.#histogram.enable();
  }

  /** Quantile and seconds, since they were taken last; zeros when nothing was measured yet. */
  take(): readonly (readonly [number, number])[] {
    const histogram = this.#histogram;
    const taken = quantiles.map((quantile) => {
      // What is measured is the time between two looks.
      const lateMs = histogram && histogram.count > 0 ? histogram.percentile(quantile * 100) / 1e6 : 0;
      return [quantile, Math.max(0, lateMs - resolutionMs) / 1000] as const;
    });
    histogram?.reset();
    return taken;
  }

  close(): void {
    this.#histogram?.disable();
  }
}
