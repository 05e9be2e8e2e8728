export type { MainScore } from './main-score.ts';
export type { EvaluationObserver, PairProgress, SampleEvent, SampleFailure } from './observer.ts';
export type { Assignment, EvaluationPlan } from './plan.ts';
export { runEvaluation, type EvaluationDependencies } from './run-evaluation.ts';
export type { SampleLimits } from './sample-limits.ts';
export type { OverallMetric, UnscoredCounts } from './results/index.ts';
export { chooseExitCode, type EvaluationSummary, type PairSummary, type StoppedAgent } from './summary.ts';
export type { EvaluationTimings } from './timings.ts';
