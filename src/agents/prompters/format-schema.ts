import { z } from 'zod';
import { coerceError } from '../../base/index.ts';
import { compileFormat } from './text-format.ts';

/** A format string over the value `name`, compiled; with `default` when it is not given. */
export function formatSchema(name: string, defaultTemplate: string) {
  return z
    .string()
    .default(defaultTemplate)
    .transform((template, context) => {
      try {
        return compileFormat(template, name);
      } catch (error) {
        context.addIssue({ code: 'custom', message: coerceError(error).message });
        return z.NEVER;
      }
    });
}

/** The format of one message: its only value is `{content}`. */
export function messageFormat(defaultTemplate: string) {
  return formatSchema('content', defaultTemplate).refine(
    (format) => format.every((part) => typeof part === 'string' || part.path.length === 0),
    { error: 'only {content} itself can be shown, without [keys]' },
  );
}
