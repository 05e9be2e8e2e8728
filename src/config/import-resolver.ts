import { dirname, isAbsolute, join } from 'node:path';
import { ProctorError } from '../base/index.ts';
import { applySiblings } from './apply-siblings.ts';
import { formatPlace, type ConfigNode, type MappingNode, type ScalarNode } from './config-node.ts';
import { mergeNodes } from './merge-nodes.ts';
import { findConfigFile, readConfigFile } from './read-config-file.ts';

interface OpenFile {
  readonly file: string;
  readonly realPath: string;
}

/** Loads a file with all that it imports; each file is read and resolved once, however often it is imported. */
export class ImportResolver {
  readonly #resolved = new Map<string, ConfigNode>();
  readonly #open: OpenFile[] = [];

  /** Throws what reading throws, `import-circular`, or `config-invalid` for an `import` that is no file name. */
  load(file: string, where?: string): ConfigNode {
    const realPath = findConfigFile(file, where);
    this.#refuseCircle({ file, realPath }, where);
    const known = this.#resolved.get(realPath);
    if (known) return known;
    this.#open.push({ file, realPath });
    // A file's own `default` and `overwrite` are done with here, so that they never reach its importer's keys.
    const resolved = applySiblings(this.#expand(readConfigFile(file, where)));
    this.#open.pop();
    this.#resolved.set(realPath, resolved);
    return resolved;
  }

  #expand(node: ConfigNode): ConfigNode {
    if (node.kind === 'list') return { ...node, items: node.items.map((item) => this.#expand(item)) };
    if (node.kind === 'mapping') return this.#expandMapping(node);
    return node;
  }

  #expandMapping({ place, entries }: MappingNode): ConfigNode {
    const own = new Map<string, ConfigNode>();
    let imported: ConfigNode = { kind: 'mapping', place, entries: new Map() };
    for (const name of fileNames(entries.get('import'))) {
      const file = resolveBeside(name.place.file, String(name.value));
      const loaded = this.load(file, formatPlace(name.place));
      // Only a mapping has keys to give; an empty file, a list or a scalar adds nothing.
      if (loaded.kind === 'mapping') imported = mergeNodes(imported, loaded, 'over');
    }
    for (const [key, value] of entries) if (key !== 'import') own.set(key, this.#expand(value));
    return mergeNodes(imported, { kind: 'mapping', place, entries: own }, 'over');
  }

  #refuseCircle({ file, realPath }: OpenFile, where: string | undefined): void {
    const start = this.#open.findIndex((open) => open.realPath === realPath);
    if (start < 0) return;
    const chain = [...this.#open.slice(start).map((open) => open.file), file].join(' -> ');
    throw new ProctorError('import-circular', { chain }, { where });
  }
}

function fileNames(node: ConfigNode | undefined): readonly ScalarNode[] {
  if (node === undefined) return [];
  const names = node.kind === 'list' ? node.items : [node];
  return names.map((name) => {
    if (name.kind === 'scalar' && typeof name.value === 'string') return name;
    throw new ProctorError(
      'config-invalid',
      { problem: '"import" does not name a file', wanted: 'a file name or a list of file names' },
      { where: formatPlace(name.place) },
    );
  });
}

function resolveBeside(importer: string, name: string): string {
  return isAbsolute(name) ? name : join(dirname(importer), name);
}
