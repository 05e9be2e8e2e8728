import type { OutputChunk } from '../backend.ts';

const headerLength = 8;
const stderrType = 2;

/**
 * Takes apart what the engine sends for a process without a terminal: frames of a header (type, three zeros, length in four bytes)
 * and a payload. Payloads are handed on as they come, so that a long frame is never gathered.
 */
export async function* readFrames(stream: AsyncIterable<Uint8Array>): AsyncGenerator<OutputChunk, void> {
  const header = Buffer.alloc(headerLength);
  let headerBytes = 0;
  let payloadLeft = 0;
  for await (const bytes of stream) {
    for (let at = 0; at < bytes.length;) {
      if (payloadLeft > 0) {
        const piece = bytes.subarray(at, at + payloadLeft);
        at += piece.length;
        payloadLeft -= piece.length;
        yield { channel: header[0] === stderrType ? 'stderr' : 'stdout', bytes: piece };
        continue;
      }
      const piece = bytes.subarray(at, at + headerLength - headerBytes);
      header.set(piece, headerBytes);
      at += piece.length;
      headerBytes += piece.length;
      if (headerBytes < headerLength) continue;
      headerBytes = 0;
      payloadLeft = header.readUInt32BE(4);
    }
  }
}
