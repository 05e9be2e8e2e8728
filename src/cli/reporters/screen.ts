import type { Output } from '../shell.ts';

const cursorUp = (lines: number) => (lines > 0 ? `\u001b[${lines}A` : '');
const clearBelow = '\r\u001b[J';

/** The last lines of a terminal, redrawn in place; other lines are printed above them. Elsewhere lines are just printed. */
export class Screen {
  readonly #output: Output;
  #drawn: readonly string[] = [];

  constructor(output: Output) {
    this.#output = output;
  }

  get isTerminal(): boolean {
    return this.#output.isTTY === true;
  }

  get columns(): number {
    // A pseudo-terminal without a size says 0.
    return this.#output.columns || 80;
  }

  /** A line that stays. */
  print(line: string): void {
    if (!this.isTerminal) {
      this.#output.write(`${line}\n`);
      return;
    }
    this.#output.write(this.#erase() + `${line}\n` + this.#text());
  }

  /** Puts these lines in the place of those drawn before; only on a terminal. */
  draw(lines: readonly string[]): void {
    if (!this.isTerminal) return;
    const erase = this.#erase();
    this.#drawn = lines;
    this.#output.write(erase + this.#text());
  }

  /** Leaves what is drawn where it is. */
  settle(): void {
    this.#drawn = [];
  }

  #erase(): string {
    return this.#drawn.length === 0 ? '' : cursorUp(this.#drawn.length) + clearBelow;
  }

  #text(): string {
    return this.#drawn.map((line) => `${line}\n`).join('');
  }
}
