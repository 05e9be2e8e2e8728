import type { EvaluationObserver } from '../../assigner/index.ts';
import { every, type Clock, type Timer } from '../../base/index.ts';
import { formatBars, formatProgressLine } from './format-progress.ts';
import { ProgressState } from './progress-state.ts';
import type { Screen } from './screen.ts';

export interface ProgressReporter {
  readonly observer: EvaluationObserver;
  /** Shows the last state and stops; may be called more than once. */
  close(): void;
}

const redrawEveryMs = 200;
const lineEveryMs = 5_000;

/** Shows an evaluation's progress: bars redrawn in place on a terminal, elsewhere a line every few seconds. */
export function createProgressReporter(screen: Screen, clock: Clock): ProgressReporter {
  const state = new ProgressState();
  let timer: Timer | undefined;
  const show = () => {
    const now = clock.now();
    const agents = state.byAgent(now);
    const overall = state.overall(now);
    if (screen.isTerminal)
      screen.draw(formatBars(agents.length > 1 ? [...agents, overall] : agents, screen.columns));
    else screen.print(formatProgressLine(overall, agents));
  };
  return {
    observer: {
      planKnown: (pairs) => {
        state.start(pairs, clock.now());
        if (pairs.length === 0) return;
        show();
        timer = every(clock, screen.isTerminal ? redrawEveryMs : lineEveryMs, show);
      },
      sampleStart: (event) => state.sampleStart(event),
      sampleEnd: (event) => state.sampleEnd(event),
      sampleFailed: (event) => state.sampleFailed(event),
      sampleReturn: (event) => state.sampleReturn(event),
    },
    close: () => {
      if (!timer) return;
      timer.cancel();
      timer = undefined;
      show();
      screen.settle();
    },
  };
}
