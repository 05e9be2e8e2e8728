import { z } from 'zod';
import { parseJson, type Json } from '../../base/index.ts';
import type { AgentOutput } from '../../sdk/index.ts';
import type { Action, InvalidReply } from './action.ts';

const callSchema = z.object({ tool: z.string(), arguments: z.unknown() });

const tools: Readonly<Record<string, z.ZodType<Action>>> = {
  bash_action: z.object({ script: z.string() }).transform(({ script }): Action => ({ kind: 'bash', script })),
  finish_action: z.unknown().transform((): Action => ({ kind: 'commit', answer: null })),
  answer_action: z
    .object({ answer: z.union([z.string(), z.number(), z.boolean()]) })
    .transform(({ answer }): Action => ({ kind: 'commit', answer: String(answer) })),
};

type Call = { readonly tool: string; readonly arguments?: unknown };

/** Reads a reply that calls a tool: as a call where the agent's API has calls, else as one JSON object in the text. */
export function parseToolCall({ content, toolCalls }: AgentOutput): Action | InvalidReply {
  const calls: readonly Call[] = toolCalls?.length
    ? toolCalls.map((call) => ({ tool: call.name, arguments: call.arguments }))
    : callsInText(content ?? '');
  const [call] = calls;
  if (call === undefined || calls.length > 1) return { kind: 'invalid', status: 'agent validation failed' };
  const schema = Object.hasOwn(tools, call.tool) ? tools[call.tool] : undefined;
  if (!schema) return { kind: 'invalid', status: 'agent invalid action' };
  const parsed = schema.safeParse(call.arguments);
  return parsed.success ? parsed.data : { kind: 'invalid', status: 'agent validation failed' };
}

/** What stands in fences; without any, what stands from the first brace to the last. */
function callsInText(text: string): Call[] {
  const fenced = [...text.matchAll(/```(?:json)?\n([^]*?)\n```/g)].map(([, block = '']) => block);
  const candidates = fenced.length > 0 ? fenced : [text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)];
  return candidates.flatMap((candidate) => {
    const parsed = callSchema.safeParse(tryJson(candidate));
    return parsed.success ? [parsed.data] : [];
  });
}

function tryJson(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
