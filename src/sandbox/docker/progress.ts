import type { Clock } from '../../base/index.ts';

const periodMs = 1000;

/** Passes on a line at most once a second; those between are dropped. */
export function throttleLines(clock: Clock, report: (line: string) => void): (line: string) => void {
  let next = -Infinity;
  return (line) => {
    if (clock.now() < next) return;
    next = clock.now() + periodMs;
    report(line);
  };
}

/** One line of what the engine sends while it makes an image. */
interface ProgressLine {
  readonly error?: string;
  /** Of a build. */
  readonly stream?: string;
  /** Of an import or a pull. */
  readonly status?: string;
  readonly id?: string;
  readonly progress?: string;
}

/** Reads the engine's account to its end. Rejects with the error that it tells of. */
export async function followProgress(
  stream: AsyncIterable<Uint8Array>,
  report: (line: string) => void,
): Promise<void> {
  for await (const text of readLines(stream)) {
    const line = JSON.parse(text) as ProgressLine;
    if (line.error !== undefined) throw new Error(line.error);
    const words = line.stream ?? [line.id, line.status, line.progress].filter(Boolean).join(' ');
    if (words.trim()) report(words.trim());
  }
}

async function* readLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line.trim() !== '');
  }
  if (rest.trim()) yield rest;
}
