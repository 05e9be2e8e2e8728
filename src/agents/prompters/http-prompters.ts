import { z } from 'zod';
import type { PrompterSchema } from './prompter-schema.ts';
import { claudePrompter, promptStringPrompter } from './prompt-string.ts';
import { batchedRoleContentPrompter, palmPrompter, roleContentPrompter } from './role-content.ts';
import { windowedPromptPrompter } from './windowed-prompt.ts';

/** Arguments that only VisualAgentBench's form has; whoever gives one means that form, defaults included. */
const windowedArguments = ['text_context_limit', 'image_key'];

const eitherPromptString = z.record(z.string(), z.unknown()).transform((args, context) => {
  const schema: PrompterSchema = windowedArguments.some((name) => name in args)
    ? windowedPromptPrompter
    : promptStringPrompter;
  const made = schema.safeParse(args);
  if (made.success) return made.data;
  for (const { path, message } of made.error.issues) context.addIssue({ code: 'custom', path, message });
  return z.NEVER;
});

/** What `prompter.name` of the `http` agent may be. */
export const httpPrompters = {
  role_content_dict: roleContentPrompter,
  batched_role_content_dict: batchedRoleContentPrompter,
  prompt_string: eitherPromptString,
  claude: claudePrompter,
  palm: palmPrompter,
} satisfies Readonly<Record<string, PrompterSchema>>;
