import type { Agent, AgentOutput, Message } from 'proctor';
import { contentText } from 'proctor';

/** Says what it was told, in capitals. */
export class MyFirstAgent implements Agent {
  async act(history: readonly Message[]): Promise<AgentOutput> {
    const last = history.at(-1);
    return { status: 'normal', content: last ? contentText(last.content).toUpperCase() : '' };
  }
}
