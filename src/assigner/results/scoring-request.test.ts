import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StreamedBody } from '../../protocol/index.ts';
import { realFileSystem } from './file-system.ts';
import { readRuns } from './read-runs.ts';
import { makeScoringRequest } from './scoring-request.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'proctor-scoring-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function readChunks(body: StreamedBody): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.open()) chunks.push(chunk);
  return chunks;
}

async function makeRequest(lines: readonly string[], missing: readonly number[]): Promise<StreamedBody> {
  const file = join(folder, 'runs.jsonl');
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  const indices = new Set(Array.from({ length: 1_000 }, (_none, index) => index));
  const outputs = [];
  for await (const run of readRuns({ fileSystem: realFileSystem, file, indices, warn: () => undefined }))
    outputs.push(run.output);
  return makeScoringRequest({ fileSystem: realFileSystem, file, outputs, name: 'tâsk', missing });
}

const outputOf = (index: number, text: string) => ({
  index,
  status: 'completed',
  result: text,
  history: [],
});
const lineOf = (index: number, text: string) =>
  JSON.stringify({ index, output: outputOf(index, text), time: { timestamp: 1 } });

describe('the request that scores a file of runs', () => {
  it('holds their outputs as they are, in chunks of a bounded size, as often as it is opened', async () => {
    const texts = Array.from({ length: 100 }, (_none, index) => `é"\\${'x'.repeat(index * 300)}`);
    texts[50] = 'y'.repeat(3_000_000);
    const body = await makeRequest(
      [...texts.map((text, index) => lineOf(index, text)), 'no run'],
      [200, 201],
    );
    for (let time = 0; time < 2; time++) {
      const chunks = await readChunks(body);
      expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThanOrEqual(2 ** 18);
      const whole = Buffer.concat(chunks);
      expect(whole.length).toBe(body.length);
      expect(JSON.parse(whole.toString('utf8'))).toEqual({
        name: 'tâsk',
        results: [
          ...texts.map((text, index) => outputOf(index, text)),
          ...[200, 201].map((index) => ({ index, status: 'task limit reached', result: null, history: [] })),
        ],
      });
    }
  });

  it('rewrites an output of an unusual form', async () => {
    const odd = '{"\\u0069ndex": 1, "output": {"status": "completed", "result": "\\u00e9"}, "time": 1}';
    const body = await makeRequest([odd, lineOf(2, 'a')], []);
    const whole = Buffer.concat(await readChunks(body));
    expect(whole.length).toBe(body.length);
    expect(JSON.parse(whole.toString('utf8'))).toMatchObject({ results: [{ result: 'é' }, { index: 2 }] });
  });

  it('says so when the file has become shorter', async () => {
    const body = await makeRequest([lineOf(1, 'a')], []);
    writeFileSync(join(folder, 'runs.jsonl'), '');
    await expect(readChunks(body)).rejects.toThrow('has become shorter');
  });
});
