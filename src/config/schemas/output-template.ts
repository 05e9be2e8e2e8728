import { ProctorError } from '../../base/index.ts';

/**
 * Fills `{TIMESTAMP}` (2026-11-24-05-47-50), `{TIMESTAMP_DATE}` (2026-11-24) and `{TIMESTAMP_TIME}` (05-47-50), in local
 * time; `{{` and `}}` stand for braces. Throws `config-invalid` for another `{X}` or a lone brace; `where` tells where
 * the template was written.
 */
export function expandOutputTemplate(template: string, nowMs: number, where?: string): string {
  const values = timestampsOf(nowMs);
  return template.replace(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g, (token, name: string | undefined) => {
    if (token === '{{' || token === '}}') return token.charAt(0);
    const value = name === undefined ? undefined : values.get(name);
    if (value !== undefined) return value;
    throw new ProctorError(
      'config-invalid',
      {
        problem: `${token} in output has no meaning`,
        wanted: `${[...values.keys()].map((known) => `{${known}}`).join(', ')}, or {{ and }} for braces`,
      },
      { where },
    );
  });
}

function timestampsOf(nowMs: number): ReadonlyMap<string, string> {
  const now = new Date(nowMs);
  const join = (...parts: number[]) => parts.map((part) => String(part).padStart(2, '0')).join('-');
  const date = join(now.getFullYear(), now.getMonth() + 1, now.getDate());
  const time = join(now.getHours(), now.getMinutes(), now.getSeconds());
  return new Map([
    ['TIMESTAMP', `${date}-${time}`],
    ['TIMESTAMP_DATE', date],
    ['TIMESTAMP_TIME', time],
  ]);
}
