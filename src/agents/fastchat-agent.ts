import { z } from 'zod';
import { coerceError, isJsonObject, parseJson, type ProctorError, type Json } from '../base/index.ts';
import type { AgentOutput, Message, TokenUsage } from '../protocol/index.ts';
import type { ActContext, Agent, AgentContext } from './agent.ts';
import { contextLimit, normalAnswer } from './answers.ts';
import { isContextLimit, ModelApi, modelApiFields, modelApiUrl } from './model-api/index.ts';
import { conversationPrompter, fastchatPrompters, writePrompt, prompterChoice } from './prompters/index.ts';
import { readUsage } from './read-usage.ts';

const fastchatParameters = z
  .object({
    model_name: z.string(),
    controller_address: modelApiUrl.nullish(),
    /** Asked instead of the controller when both are given. */
    worker_address: modelApiUrl.nullish(),
    temperature: z.number().default(0),
    max_new_tokens: z.number().default(32),
    top_p: z.number().default(0),
    prompter: prompterChoice(fastchatPrompters),
    /** More fields of the request, over the others. */
    args: z.record(z.string(), z.unknown()).nullish(),
    ...modelApiFields,
  })
  .transform((parameters, context) => {
    const address = parameters.worker_address ?? parameters.controller_address;
    const prompter = parameters.prompter ?? conversationPrompter(parameters.model_name);
    if (typeof address !== 'string')
      context.addIssue({ code: 'custom', message: 'expected controller_address or worker_address' });
    if (!prompter) {
      const known = Object.keys(fastchatPrompters).join(', ');
      const message = `the prompt form of "${parameters.model_name}" is not known; expected one of ${known}`;
      context.addIssue({ code: 'custom', path: ['prompter'], message });
    }
    if (typeof address !== 'string' || !prompter) return z.NEVER;
    return { ...parameters, prompter, url: `${address.replace(/\/+$/, '')}/worker_generate_stream` };
  });

interface StreamPart {
  readonly said: string;
  readonly fault: Json | undefined;
  readonly cost: TokenUsage | undefined;
}

/** What a server of FastChat calls a request whose prompt is too long. */
const contextOverflowCode = 40303;

/** A model served by FastChat, asked in FastChat's own protocol. */
export class FastChatAgent implements Agent {
  static readonly parameters = fastchatParameters;
  readonly #parameters: z.output<typeof fastchatParameters>;
  readonly #name: string;
  readonly #api: ModelApi;

  constructor(parameters: z.output<typeof fastchatParameters>, context: AgentContext) {
    const { clock, log, name: agent } = context;
    const headers = { 'user-agent': 'FastChat Client' };
    this.#parameters = parameters;
    this.#name = agent;
    this.#api = new ModelApi({ ...parameters, headers, body: parameters.args, agent, clock, log });
  }

  /** Throws `model-api-…` or `model-reply-invalid` when the server fails, and the signal's reason at once. */
  async act(history: readonly Message[], { signal }: ActContext): Promise<AgentOutput> {
    const { model_name: model, temperature, max_new_tokens, top_p, args } = this.#parameters;
    const { fields } = writePrompt(this.#parameters.prompter, history, this.#name);
    const body = { model, temperature, max_new_tokens, echo: false, top_p, ...args, ...fields };
    const answer = await this.#api.post(JSON.stringify(body), signal);
    return answer.kind === 'context-limit' ? contextLimit : this.#read(answer.text);
  }

  async release(): Promise<void> {
    await this.#api.close();
  }

  /** The reply is a list of JSON texts, each ended by a zero byte; the last one has the whole answer. */
  #read(reply: string): AgentOutput {
    const chunks = reply.split('\0').filter((chunk) => chunk !== '');
    if (chunks.length === 0) throw this.#invalid('it is empty', reply);
    let text = '';
    let usage: TokenUsage | undefined;
    for (const chunk of chunks) {
      const { said, fault, cost } = this.#readChunk(chunk, reply);
      if (fault !== undefined && fault !== 0) {
        if (fault === contextOverflowCode || isContextLimit(400, said)) return contextLimit;
        throw this.#api.reportedFault(said);
      }
      text = said;
      usage = cost ?? usage;
    }
    return normalAnswer(text, usage);
  }

  #readChunk(chunk: string, reply: string): StreamPart {
    let value: Json;
    try {
      value = parseJson(chunk);
    } catch (error) {
      throw this.#invalid(`a part of it is not JSON: ${coerceError(error).message}`, reply);
    }
    if (!isJsonObject(value) || typeof value.text !== 'string')
      throw this.#invalid('a part of it has no "text"', reply);
    return { said: value.text, fault: value.error_code, cost: readUsage(value) };
  }

  #invalid(problem: string, reply: string): ProctorError {
    return this.#api.replyFault(problem, 'JSON texts with "text" and "error_code"', reply);
  }
}
