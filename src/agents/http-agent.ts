import { FormData } from 'undici';
import { z } from 'zod';
import { coerceError, parseJson, ProctorError, raceAbort, type Json } from '../base/index.ts';
import type { AgentOutput, Message } from '../protocol/index.ts';
import type { ActContext, Agent, AgentContext } from './agent.ts';
import { contextLimit, normalAnswer } from './answers.ts';
import { inlineImages } from './inline-images.ts';
import { ModelApi, modelApiFields, modelApiUrl, textEntries } from './model-api/index.ts';
import {
  fillFormat,
  formatSchema,
  httpPrompters,
  writePrompt,
  prompterChoice,
  roleContentPrompter,
  type Prompt,
} from './prompters/index.ts';
import { readUsage } from './read-usage.ts';

const bodyFields = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((fields) => fields ?? {});

const httpParameters = z.object({
  url: modelApiUrl,
  headers: textEntries,
  /** Sent with every request; the prompter's fields stand over these. */
  body: bodyFields,
  /** The same for a prompter that makes a form. */
  data: textEntries,
  prompter: prompterChoice(httpPrompters).transform((chosen) => chosen ?? roleContentPrompter.parse({})),
  return_format: formatSchema('response', '{response}'),
  ...modelApiFields,
});

/** A model behind an HTTP API. */
export class HttpAgent implements Agent {
  static readonly parameters = httpParameters;
  readonly #parameters: z.output<typeof httpParameters>;
  readonly #context: AgentContext;
  readonly #api: ModelApi;

  constructor(parameters: z.output<typeof httpParameters>, context: AgentContext) {
    const { clock, log, name: agent } = context;
    this.#parameters = parameters;
    this.#context = context;
    const body = { ...parameters.body, ...parameters.data };
    this.#api = new ModelApi({ ...parameters, body, agent, clock, log });
  }

  /** Throws `model-api-…` or `model-reply-invalid` when the API fails, and the signal's reason at once. */
  async act(history: readonly Message[], { signal }: ActContext): Promise<AgentOutput> {
    signal.throwIfAborted();
    const shown = await raceAbort(inlineImages(history, this.#context.folder), signal);
    const prompt = writePrompt(this.#parameters.prompter, shown, this.#context.name);
    const answer = await this.#api.post(this.#write(prompt), signal);
    return answer.kind === 'context-limit' ? contextLimit : this.#read(answer.text);
  }

  async release(): Promise<void> {
    await this.#api.close();
  }

  #write(prompt: Prompt): string | FormData {
    if (prompt.kind === 'json') return JSON.stringify({ ...this.#parameters.body, ...prompt.fields });
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...this.#parameters.data, ...prompt.fields }))
      form.set(name, value);
    if (prompt.image) {
      const { bytes, type } = this.#decodeImage(prompt.image.url);
      form.set(prompt.image.key, new Blob([bytes], { type }), `image.${type.slice('image/'.length)}`);
    }
    return form;
  }

  #decodeImage(url: string): { readonly bytes: Uint8Array<ArrayBuffer>; readonly type: string } {
    const [, type, payload] = /^data:(image\/[\w.+-]+);base64,(.*)$/s.exec(url) ?? [];
    if (type === undefined || payload === undefined)
      throw this.#unsupported('its image is an address on the web', 'an image as a file or as base64 data');
    return { bytes: Uint8Array.from(Buffer.from(payload, 'base64')), type };
  }

  #unsupported(problem: string, wanted: string): ProctorError {
    return new ProctorError('history-unsupported', { agent: this.#context.name, problem, wanted });
  }

  #read(text: string): AgentOutput {
    let response: Json;
    try {
      response = parseJson(text);
    } catch (error) {
      throw this.#api.replyFault(`it is not JSON: ${coerceError(error).message}`, 'a JSON body', text);
    }
    const filled = fillFormat(this.#parameters.return_format, response);
    if ('text' in filled) return normalAnswer(filled.text, readUsage(response));
    throw this.#api.replyFault(filled.problem, 'a reply as "return_format" says', text);
  }
}
