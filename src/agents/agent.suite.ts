import { describe, expect, it } from 'vitest';
import { silentLogger } from '../base/index.ts';
import type { Message } from '../protocol/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import type { ActContext, Agent, AgentContext } from './agent.ts';

/** One agent set up to answer `question(turn)` for the turns 0 to 2 of each of the samples 0 to 9 of the task `subject`. */
export interface AgentFixture extends AsyncDisposable {
  readonly agent: Agent;
  /** Keeps the agent's other side from answering; absent where there is none. */
  readonly stall?: () => Promise<() => Promise<void>>;
}

export function agentContext(changes: Partial<AgentContext> = {}): AgentContext {
  return { name: 'subject', folder: process.cwd(), log: silentLogger, clock: new FakeClock(), ...changes };
}

export function actContext(changes: Partial<ActContext> = {}): ActContext {
  return { task: 'subject', index: 0, tools: [], signal: new AbortController().signal, ...changes };
}

/** A history of that many finished turns and one open question, frozen through and through. */
export function historyOf(turns: number): readonly Message[] {
  const history: Message[] = [];
  for (let turn = 0; turn < turns; turn++)
    history.push(
      { role: 'user', content: `question ${turn}` },
      { role: 'assistant', content: `answer ${turn}` },
    );
  history.push({ role: 'user', content: `question ${turns}` });
  return Object.freeze(history.map((message) => Object.freeze(message)));
}

/** What every agent promises, whatever it stands on. */
export function describeAgent(name: string, create: () => Promise<AgentFixture>): void {
  describe(`${name} keeps the agent contract`, () => {
    it('answers a history with words, and leaves the history as it was', async () => {
      await using fixture = await create();
      const answer = await fixture.agent.act(historyOf(1), actContext());
      expect(answer.status).toBe('normal');
      expect(typeof answer.content).toBe('string');
    });

    it('gives the same answers to many samples at once as one after the other', async () => {
      await using fixture = await create();
      const questions = Array.from({ length: 30 }, (_, place) => ({ turns: place % 3, index: place % 10 }));
      const ask = ({ turns, index }: { turns: number; index: number }) =>
        fixture.agent.act(historyOf(turns), actContext({ index }));
      const together = await Promise.all(questions.map(ask));
      const alone = [];
      for (const question of questions) alone.push(await ask(question));
      expect(together).toEqual(alone);
    });

    it('rejects with the reason of a signal that is aborted already', async () => {
      await using fixture = await create();
      const reason = new Error('the sample was cancelled');
      const asked = fixture.agent.act(historyOf(0), actContext({ signal: AbortSignal.abort(reason) }));
      await expect(asked).rejects.toBe(reason);
    });

    it('gives up when the signal is aborted while it thinks, and answers the next sample', async ({
      skip,
    }) => {
      await using fixture = await create();
      if (!fixture.stall) return skip('it answers at once');
      const untilStalled = await fixture.stall();
      const abort = new AbortController();
      const reason = new Error('the sample was cancelled');
      const asked = fixture.agent.act(historyOf(0), actContext({ signal: abort.signal }));
      const outcome = expect(asked).rejects.toBe(reason);
      await untilStalled();
      abort.abort(reason);
      await outcome;
      expect((await fixture.agent.act(historyOf(0), actContext())).status).toBe('normal');
    });

    it('can be released, and released again', async () => {
      await using fixture = await create();
      await fixture.agent.act(historyOf(0), actContext());
      await fixture.agent.release?.();
      await fixture.agent.release?.();
    });
  });
}
