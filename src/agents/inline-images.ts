import { access, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { coerceError, ProctorError } from '../base/index.ts';
import type { ContentPart, Message } from '../protocol/index.ts';

const dataPrefix = /^(data:image\/[\w.+-]+;base64,)(.*)$/s;
const base64Text = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;

/** No real image is so small, and no path of a file so long. */
const longestPath = 1024;

/** How the files of each kind begin. */
const imageSignatures = ['89504e47', 'ffd8ff', '47494638', '52494646', '424d'];

/**
 * Puts the bytes of each image that is named by a file (`data:image/png;base64,<path>`) in its place; other addresses stay.
 * Throws `image-unreadable` for a file that is not there or is no image, so that a task cannot have any other file sent out.
 */
export async function inlineImages(history: readonly Message[], folder: string): Promise<readonly Message[]> {
  return Promise.all(
    history.map(async (message): Promise<Message> => {
      if (typeof message.content === 'string') return message;
      return {
        ...message,
        content: await Promise.all(message.content.map((part) => inlinePart(part, folder))),
      };
    }),
  );
}

async function inlinePart(part: ContentPart, folder: string): Promise<ContentPart> {
  if (part.type !== 'image') return part;
  const [, prefix = '', payload = ''] = dataPrefix.exec(part.url) ?? [];
  if (prefix === '') return part;
  if (isData(payload) || (looksLikeData(payload) && !(await isThere(resolve(folder, payload))))) return part;
  const bytes = await readImage(resolve(folder, payload), payload.slice(0, longestPath));
  return { ...part, url: prefix + bytes.toString('base64') };
}

/** Surely no path. */
function isData(payload: string): boolean {
  if (!base64Text.test(payload)) return false;
  return payload.length > longestPath || isImage(Buffer.from(payload, 'base64'));
}

/** Of a kind of image that is not known here, or a path without a dot: only the disk can tell. */
function looksLikeData(payload: string): boolean {
  return base64Text.test(payload) && payload.trim().length % 4 === 0 && !payload.startsWith('/');
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function readImage(file: string, shown: string): Promise<Buffer> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const cause = coerceError(error);
    const isMissing = 'code' in cause && cause.code === 'ENOENT';
    const reason = isMissing ? 'there is no such file' : cause.message;
    throw new ProctorError('image-unreadable', { file: shown, reason }, { where: file, cause });
  }
  if (!isImage(bytes))
    throw new ProctorError('image-unreadable', { file: shown, reason: 'it is no image' }, { where: file });
  return bytes;
}

function isImage(bytes: Buffer): boolean {
  const start = bytes.subarray(0, 4).toString('hex');
  return imageSignatures.some((signature) => start.startsWith(signature));
}
