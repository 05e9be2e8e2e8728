export type Language = 'bash' | 'python' | 'c' | 'c++';

export type Script = { readonly language: Language; readonly code: string };

export type ProblemImage =
  /** Made from a Dockerfile of that name. */
  | { readonly kind: 'local'; readonly name: string }
  /** Known to the engine by that name. */
  | { readonly kind: 'named'; readonly name: string };

/** How an answer is judged. */
export type Evaluation =
  | { readonly kind: 'answer'; readonly answer: string; readonly strip: boolean }
  /** Right when the pattern is found in the answer. */
  | { readonly kind: 'regex'; readonly pattern: RegExp; readonly strip: boolean }
  /** Right when every script ends with 0; each is given the answer and what those before it printed. */
  | { readonly kind: 'check'; readonly scripts: readonly Script[]; readonly comparesWithExample: boolean };

/** A problem as the task plays it. */
export type Problem = {
  readonly description: string;
  readonly labels: readonly string[];
  readonly image: ProblemImage;
  /** Run one after the other, each in a process of its own, before anything else. */
  readonly init: readonly Script[];
  /** Run in the agent's own shell. */
  readonly start: Script | undefined;
  readonly evaluation: Evaluation;
  /** A solution. */
  readonly example: Script | undefined;
};
