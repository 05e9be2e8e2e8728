/** Stand beside the agents' folders in the output folder, as do files of this program's that begin with a dot. */
const reservedNames: ReadonlySet<string> = new Set(['config.yaml']);

const longestNameBytes = 255;

/** Why `name` cannot be a folder inside the output folder; `undefined` when it can. */
export function refuseFolderName(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name === '.' || name === '..' || /[/\\]/.test(name)) return 'would leave the output folder';

  if (/[\u0000-\u001f\u007f]/.test(name)) return 'holds a control character';
  if (name.startsWith('.')) return 'begins with a dot, as files of this program do';
  if (reservedNames.has(name)) return 'is the name of a file in the output folder';
  if (new TextEncoder().encode(name).length > longestNameBytes) return 'is too long for a folder';
  return undefined;
}
