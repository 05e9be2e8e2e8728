import { spawn } from 'node:child_process';
import { PassThrough, type Readable } from 'node:stream';

const mostComplaint = 4096;

/**
 * A folder as a tar stream, whose end comes only after `tar` has succeeded: half an archive must not become an image. What failed is
 * the stream's error.
 */
export function packFolder(folder: string, exclude: readonly string[] = []): Readable {
  const packed = new PassThrough();
  const excludes = exclude.map((pattern) => `--exclude=${pattern}`);
  const tar = spawn('tar', ['-c', '--numeric-owner', ...excludes, '-C', folder, '.'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaint = '';
  tar.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-mostComplaint);
  });
  tar.stdout.pipe(packed, { end: false });
  tar.once('error', (error) => packed.destroy(error));
  tar.once('close', (code) => {
    if (code === 0) packed.end();
    else packed.destroy(new Error(complaint.trim() || `tar ended with ${String(code)}`));
  });
  // Whoever stops reading it, or never begins, leaves no program behind.
  packed.once('close', () => tar.kill());
  return packed;
}
