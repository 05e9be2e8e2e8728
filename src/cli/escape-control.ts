/**
 * Characters that move a terminal's cursor, change its state, or turn the direction of what follows: whatever comes from elsewhere could
 * use them to show a person something else than is there.
 */

const controls = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const shortForms: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text with its control characters written out, as `\n` or `\u001b`. */
export function escapeControl(text: string): string {
  return text.replace(
    controls,
    (character) => shortForms[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** As `escapeControl`, for a text of several lines. */
export function escapeControlInLines(text: string): string {
  return text.split('\n').map(escapeControl).join('\n');
}
