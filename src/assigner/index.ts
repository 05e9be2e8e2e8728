export type { MainScore } from './main-score.ts';
export type { EvaluationObserver, PairProgress, SampleEvent, SampleFailure } from './observer.ts';
export type { Assignment, EvaluationPlan } from './plan.ts';
export { runEvaluation, type EvaluationDependencies } from './run-evaluation.ts';
export { chooseExitCode, type EvaluationSummary, type PairSummary } from './summary.ts';
export type { EvaluationTimings } from './timings.ts';
