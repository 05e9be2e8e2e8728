import { wantsColour, type Shell } from './shell.ts';

const colours = [36, 32, 35, 34, 33, 96, 92, 95];

/** Prints lines of several programs as `[label] line`, each label in a colour of its own where there is a terminal. */
export function createPrefixer(
  shell: Shell,
  write: (line: string) => void,
): (label: string, line: string) => void {
  const hasColour = wantsColour(shell, shell.stderr);
  const colourOf = new Map<string, number>();
  return (label, line) => {
    if (!hasColour) return write(`[${label}] ${line}`);
    const colour = colourOf.get(label) ?? colours[colourOf.size % colours.length] ?? 36;
    colourOf.set(label, colour);
    write(`\u001b[${colour}m[${label}]\u001b[0m ${line}`);
  };
}
