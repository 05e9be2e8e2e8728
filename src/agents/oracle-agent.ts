import { z } from 'zod';
import { ProctorError, raceAbort } from '../base/index.ts';
import type { AgentOutput, Message } from '../protocol/index.ts';
import type { ActContext, Agent, AgentContext, Oracle, OracleLookup } from './agent.ts';

const oracleParameters = z.object({
  /** Definitions of tasks by name, where the evaluation's own name only a client; whoever gives the lookup reads them. */
  tasks: z.record(z.string(), z.unknown()).nullish(),
});

/** Plays each task's labels. */
export class OracleAgent implements Agent {
  static readonly parameters = oracleParameters;
  readonly #agent: Agent;

  constructor(_parameters: z.output<typeof oracleParameters>, context: AgentContext) {
    this.#agent = createOracleAgent(context.oracleOf ?? (async () => undefined));
  }

  /** Throws `oracle-missing` for a task without labels. */
  act(history: readonly Message[], context: ActContext): Promise<AgentOutput> {
    return this.#agent.act(history, context);
  }
}

/** An agent that plays the labels that `lookup` finds; each task is looked up once, and again after a failure. */
export function createOracleAgent(lookup: OracleLookup): Agent {
  const found = new Map<string, Promise<Oracle | undefined>>();
  const find = (task: string): Promise<Oracle | undefined> => {
    const known = found.get(task);
    if (known) return known;
    const search = lookup(task);
    found.set(task, search);
    search.catch(() => found.delete(task));
    return search;
  };
  const answer = async (history: readonly Message[], { task, index }: ActContext): Promise<AgentOutput> => {
    const oracle = await find(task);
    if (!oracle) throw new ProctorError('oracle-missing', { task });
    return oracle.oracle(index, history);
  };
  return {
    async act(history, context) {
      context.signal.throwIfAborted();
      return raceAbort(answer(history, context), context.signal);
    },
  };
}
