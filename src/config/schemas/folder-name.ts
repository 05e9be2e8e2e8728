/** Stands beside the agents' folders in the output folder. */
const reservedNames: ReadonlySet<string> = new Set(['config.yaml']);

const longestNameBytes = 255;

/** Why `name` cannot be a folder inside the output folder; `undefined` when it can. */
export function refuseFolderName(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name === '.' || name === '..' || /[/\\]/.test(name)) return 'would leave the output folder';
  if (name.includes('\0')) return 'holds a NUL character';
  if (reservedNames.has(name)) return 'is the name of a file in the output folder';
  if (new TextEncoder().encode(name).length > longestNameBytes) return 'is too long for a folder';
  return undefined;
}
