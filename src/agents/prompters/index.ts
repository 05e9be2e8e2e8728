export { conversationPrompter } from './conversation-template.ts';
export { fastchatPrompters } from './fastchat-prompters.ts';
export { formatSchema } from './format-schema.ts';
export { httpPrompters } from './http-prompters.ts';
export { PromptError, writePrompt, type Prompt } from './prompter.ts';
export { prompterChoice } from './prompter-schema.ts';
export { roleContentPrompter } from './role-content.ts';
export { fillFormat } from './text-format.ts';
