import {
  isAlias,
  isCollection,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  Scalar,
  type Alias,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';
import type { ConfigNode, Place } from './config-node.ts';
import { constructScalar, kindOfPlainScalar, type ScalarKind } from './resolve-scalar.ts';
import { syntaxError } from './syntax-error.ts';
import { keyText, mergeEntries, type YamlEntry } from './yaml-mapping.ts';

/**
 * Reads one YAML 1.1 document as PyYAML's safe loader does; an empty text is null.
 * Throws `config-syntax` with file, line and column, also for a second document.
 */
export function readYaml(text: string, file: string): ConfigNode {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, {
    version: '1.1',
    // Scalars stay text here: which of them are numbers, dates and so on is decided by resolve-scalar.
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter,
  });
  const placeAt = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const [fault] = [...documents].flatMap((document) => document.errors);
  if (fault) throw syntaxError(placeAt(fault.pos[0]), fault.message, 'YAML');
  const [document, second] = documents;
  if (second) {
    throw syntaxError(placeAt(second.range[0]), 'a second document starts here; one is allowed', 'YAML');
  }
  if (!document) refuseLoneDirective(text, placeAt);
  if (!document?.contents) return { kind: 'scalar', place: placeAt(0), value: null };
  return new YamlReader({ document, text, placeAt }).read(document.contents);
}

/** A line that begins with % is a directive, and one without a document after it would be lost without a word. */
function refuseLoneDirective(text: string, placeAt: (offset: number) => Place): void {
  const start = text.search(/^%/m);
  if (start >= 0) throw syntaxError(placeAt(start), 'a line must not begin with %', 'YAML');
}

interface YamlSource {
  readonly document: Document;
  readonly text: string;
  readonly placeAt: (offset: number) => Place;
}

class YamlReader {
  readonly #document: Document;
  readonly #text: string;
  readonly #placeAt: (offset: number) => Place;
  readonly #done = new Map<Node, ConfigNode>();
  readonly #open = new Set<Node>();

  constructor({ document, text, placeAt }: YamlSource) {
    this.#document = document;
    this.#text = text;
    this.#placeAt = placeAt;
  }

  /** `keyPlace` is where a value that has no first character on its key's line counts as written. */
  read(node: Node, keyPlace?: Place): ConfigNode {
    if (isAlias(node)) return this.#readAlias(node);
    const known = this.#done.get(node);
    if (known) return known;
    if (this.#open.has(node)) throw this.#fault(node, 'this anchor contains itself');
    this.#open.add(node);
    const place = this.#placeOf(node, keyPlace);
    const result = this.#readFresh(node, place);
    this.#open.delete(node);
    this.#done.set(node, result);
    return result;
  }

  #readFresh(node: Node, place: Place): ConfigNode {
    if (isScalar(node)) return { kind: 'scalar', place, value: this.#construct(node).value };
    this.#checkCollectionTag(node);
    if (isSeq(node)) return { kind: 'list', place, items: node.items.map((item) => this.read(item as Node)) };
    const { own, merged } = this.#readEntries(node as YAMLMap);
    return { kind: 'mapping', place, entries: mergeEntries(own, merged) };
  }

  #readAlias(alias: Alias): ConfigNode {
    const target = alias.resolve(this.#document);
    if (!target) throw this.#fault(alias, `there is no anchor &${alias.source} before this`);
    return this.read(target);
  }

  #readEntries(map: YAMLMap): { own: YamlEntry[]; merged: ConfigNode[] } {
    const own: YamlEntry[] = [];
    const merged: ConfigNode[] = [];
    for (const { key, value } of map.items as Pair<Node | null, Node | null>[]) {
      const keyNode = isAlias(key) ? key.resolve(this.#document) : key;
      if (keyNode && !isScalar(keyNode)) {
        throw this.#fault(keyNode, 'a key must be a single word or number, not a list or a mapping');
      }
      const keyPlace = this.#placeOf(key ?? map);
      const child: ConfigNode = value
        ? this.read(value, keyPlace)
        : { kind: 'scalar', place: keyPlace, value: null };
      if (keyNode && isPlain(keyNode) && keyNode.source === '<<') {
        merged.push(...this.#mergeSources(child, keyPlace));
        continue;
      }
      own.push([keyNode ? this.#keyOf(keyNode) : 'null', child]);
    }
    return { own, merged };
  }

  /** The mappings that one `<<` names, the weakest first. */
  #mergeSources(child: ConfigNode, place: Place): readonly ConfigNode[] {
    const sources = child.kind === 'list' ? [...child.items].reverse() : [child];
    if (sources.every((source) => source.kind === 'mapping')) return sources;
    throw syntaxError(place, '"<<" must name a mapping or a list of mappings', 'YAML');
  }

  #keyOf(node: Scalar): string {
    const { kind, value } = this.#construct(node);
    return keyText(kind, value);
  }

  #construct(node: Scalar) {
    const text = this.#textOf(node);
    const kind = this.#kindOf(node, text);
    const result = constructScalar(kind, text);
    if ('fault' in result) throw this.#fault(node, result.fault);
    return { kind, value: result.value };
  }

  /** A block text that ends with the file, in a line without its newline, has none at its end either. */
  #textOf(node: Scalar): string {
    const text = String(node.value ?? '');
    const isBlock = node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED;
    const endsFile =
      (node.range?.[1] ?? 0) >= this.#text.length &&
      /\S[^\n]*$/.test(this.#text.slice(this.#text.lastIndexOf('\n')));
    return isBlock && endsFile ? text.replace(/\n$/, '') : text;
  }

  #kindOf(node: Scalar, text: string): ScalarKind {
    if (node.tag === undefined || node.tag === '!') return isPlain(node) ? kindOfPlainScalar(text) : 'str';
    const kind = scalarTags.get(node.tag);
    if (!kind) throw this.#fault(node, `the tag ${node.tag} is not known`);
    return kind;
  }

  #checkCollectionTag(node: Node): void {
    const expected = isSeq(node) ? 'tag:yaml.org,2002:seq' : 'tag:yaml.org,2002:map';
    if (node.tag === undefined || node.tag === expected || node.tag === '!') return;
    throw this.#fault(node, `the tag ${node.tag} is not known here`);
  }

  #placeOf(node: Node, keyPlace?: Place): Place {
    const belowItsKey =
      (isCollection(node) && !node.flow) || (isScalar(node) && isPlain(node) && !node.source);
    return keyPlace && belowItsKey ? keyPlace : this.#placeAt(node.range?.[0] ?? 0);
  }

  #fault(node: Node, reason: string): Error {
    return syntaxError(this.#placeOf(node), reason, 'YAML');
  }
}

const scalarTags = new Map<string, ScalarKind>([
  ['!', 'str'],
  ...(['null', 'bool', 'int', 'float', 'timestamp', 'str'] as const).map((kind): [string, ScalarKind] => [
    `tag:yaml.org,2002:${kind}`,
    kind,
  ]),
]);

function isPlain(node: Scalar): boolean {
  return node.type === Scalar.PLAIN || node.type === undefined;
}
