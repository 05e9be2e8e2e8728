/** One word for a POSIX shell, whatever it holds; a shell cannot take NUL, which is left out as bash does. */
export function quoteWord(word: string): string {
  return `'${word.replaceAll('\0', '').replaceAll("'", `'\\''`)}'`;
}

/** The same for people to read: plain words stay as they are. */
export function quoteWhereNeeded(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : quoteWord(word);
}
