import type { Json } from '../base/index.ts';
import type { Outcome, SampleIndex, TaskOutput } from '../protocol/index.ts';
import { Task, type Session } from '../sdk/index.ts';

export interface FunctionTaskParts {
  readonly indices?: readonly SampleIndex[];
  readonly play?: (index: SampleIndex, session: Session) => Promise<Outcome>;
  readonly overall?: (results: readonly TaskOutput[]) => Json | Promise<Json>;
}

/** A task from a function, for tests. Without `play` it asks once and completes with the agent's answer. */
export class FunctionTask extends Task {
  readonly #parts: FunctionTaskParts;

  constructor(parts: FunctionTaskParts = {}) {
    super();
    this.#parts = parts;
  }

  override getIndices(): readonly SampleIndex[] {
    return this.#parts.indices ?? [0, 1, 2, 3];
  }

  override async startSample(index: SampleIndex, session: Session): Promise<Outcome> {
    if (this.#parts.play) return this.#parts.play(index, session);
    const { content } = await session.action({ role: 'user', content: 'Say something.' });
    return { status: 'completed', result: content };
  }

  override async calculateOverall(results: readonly TaskOutput[]): Promise<Json> {
    return this.#parts.overall?.(results) ?? { n: results.length };
  }
}

/** A door that whoever waits at it passes once it is opened. */
export interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  let open!: () => void;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open };
}
