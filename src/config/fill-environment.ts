import { ProctorError } from '../base/index.ts';
import { formatPlace, type ConfigNode, type ConfigPath, type ScalarNode } from './config-node.ts';
import { createLoadedConfig, type LoadedConfig } from './loaded-config.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const reference = /\$?\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/**
 * Fills `${NAME}` and `${NAME:-default}` in string values, below `only` or everywhere; the default also stands in for an
 * empty variable, and `$${NAME}` is left as `${NAME}`. What was filled is added to the result's `secrets`.
 * Throws `environment-missing` for a variable that is not set.
 */
export function fillEnvironment(
  loaded: LoadedConfig,
  environment: Environment,
  only: readonly ConfigPath[] = [[]],
): LoadedConfig {
  const filler = new EnvironmentFiller(environment, loaded.secrets);
  const tree = filler.fillBelow(loaded.tree, only);
  return createLoadedConfig(loaded.file, tree, [...filler.secrets]);
}

class EnvironmentFiller {
  readonly secrets: Set<string>;
  readonly #environment: Environment;

  constructor(environment: Environment, secrets: readonly string[]) {
    this.#environment = environment;
    this.secrets = new Set(secrets);
  }

  /** `paths` lead from `node` to what shall be filled. */
  fillBelow(node: ConfigNode, paths: readonly ConfigPath[]): ConfigNode {
    if (paths.length === 0) return node;
    const isWhole = paths.some((path) => path.length === 0);
    const pathsTo = (step: string) =>
      isWhole ? [[]] : paths.filter(([first]) => String(first) === step).map((path) => path.slice(1));
    if (node.kind === 'list') {
      return {
        ...node,
        items: node.items.map((item, index) => this.fillBelow(item, pathsTo(String(index)))),
      };
    }
    if (node.kind === 'mapping') {
      const entries = [...node.entries].map(
        ([key, child]) => [key, this.fillBelow(child, pathsTo(key))] as const,
      );
      return { ...node, entries: new Map(entries) };
    }
    return isWhole ? this.#fillScalar(node) : node;
  }

  #fillScalar(node: ScalarNode): ScalarNode {
    const text = node.value;
    if (typeof text !== 'string' || !text.includes('${')) return node;
    let isFilled = false;
    const filled = text.replace(reference, (whole, name: string, fallback: string | undefined) => {
      if (whole.startsWith('$$')) return whole.slice(1);
      const value = this.#valueOf(name);
      if (fallback !== undefined && (value === undefined || value === '')) return fallback;
      if (value === undefined) throw missingVariable(name, formatPlace(node.place));
      isFilled ||= value !== '';
      if (value !== '') this.secrets.add(value);
      return value;
    });
    if (isFilled) this.secrets.add(filled);
    return { ...node, value: filled };
  }

  #valueOf(name: string): string | undefined {
    return Object.hasOwn(this.#environment, name) ? this.#environment[name] : undefined;
  }
}

function missingVariable(name: string, where: string): ProctorError {
  const withDefault = `\${${name}:-default}`;
  return new ProctorError('environment-missing', { name, withDefault }, { where });
}
