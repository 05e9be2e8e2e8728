import * as node from 'node:fs/promises';

/** What of Node's file system the results need, so that a test can hand in one that fails. */
export type FileSystem = Pick<
  typeof node,
  'copyFile' | 'link' | 'mkdir' | 'open' | 'readFile' | 'rename' | 'rm' | 'stat' | 'truncate' | 'writeFile'
>;

export type FileHandle = node.FileHandle;

export const realFileSystem: FileSystem = node;
