import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { coerceError, ProctorError } from '../base/index.ts';

export type ModuleKind = 'task' | 'agent';

/** A module as a configuration names it. */
export type ModuleReference = {
  readonly kind: ModuleKind;
  /** A built-in's name or alias, or a file of the user's: `./my-task.ts#MyTask`. */
  readonly module: string;
  /** Absolute path of the file that names it; a file of the user's is relative to that. */
  readonly definedIn: string;
  /** `file:line:column` for errors. */
  readonly where: string;
};

export type ModuleRegistry<Class> = Readonly<Record<string, () => Promise<Class>>>;

/** True for what names a file rather than a built-in. */
export function isFileModule(module: string): boolean {
  const [file = ''] = module.split('#');
  return /^\.{0,2}\//.test(file) || path.isAbsolute(file) || /\.[cm]?[jt]s$/.test(file);
}

/** Gives the class that `module` names. Throws `module-unknown`, `module-unloadable` or `file-missing`. */
export async function loadModule<Class>(
  reference: ModuleReference,
  registry: ModuleRegistry<Class>,
): Promise<Class> {
  const { kind, module, where } = reference;
  const builtIn = Object.hasOwn(registry, module) ? registry[module] : undefined;
  if (builtIn) return builtIn();
  if (isFileModule(module)) return loadFromFile<Class>(reference);
  throw new ProctorError(
    'module-unknown',
    { kind, module, known: Object.keys(registry).join(', ') },
    { where },
  );
}

async function loadFromFile<Class>(reference: ModuleReference): Promise<Class> {
  const { kind, module, definedIn, where } = reference;
  const [file = '', name] = module.split('#');
  const absolute = path.resolve(path.dirname(definedIn), file);
  const exported = await importFile(absolute, reference);
  const classes = Object.entries(exported).filter(([, value]) => typeof value === 'function');
  const found = name === undefined ? onlyClass(classes) : exported[name];
  if (typeof found === 'function') return found as Class;
  const names = classes.map(([exportedName]) => exportedName).join(', ') || 'no class';
  const reason =
    name === undefined
      ? `it exports ${names}; name one of them`
      : `it does not export the class ${name}, but ${names}`;
  throw new ProctorError('module-unloadable', { kind, module, reason }, { where });
}

/** A file that exports one class alone, or one as its default, need not name it. */
function onlyClass(classes: readonly (readonly [string, unknown])[]): unknown {
  return (
    classes.find(([name]) => name === 'default')?.[1] ?? (classes.length === 1 ? classes[0]?.[1] : undefined)
  );
}

/** A user's file finds this running copy under the package's name, wherever it lies itself. */
async function importFile(
  file: string,
  { kind, module, where }: ModuleReference,
): Promise<Record<string, unknown>> {
  const { createJiti } = await import('jiti');
  const jiti = createJiti(pathToFileURL(file).href, { virtualModules: await ownModules() });
  try {
    return await jiti.import<Record<string, unknown>>(file);
  } catch (error) {
    const reason = coerceError(error).message;
    throw new ProctorError('module-unloadable', { kind, module, reason }, { where, cause: error });
  }
}

async function ownModules(): Promise<Record<string, unknown>> {
  const [main, sdk, agents, protocol, zod] = await Promise.all([
    import('../index.ts'),
    import('../sdk/index.ts'),
    import('../agents/index.ts'),
    import('../protocol/index.ts'),
    import('zod'),
  ]);
  return {
    proctor: main,
    'proctor/sdk': sdk,
    'proctor/agents': agents,
    'proctor/protocol': protocol,
    zod,
  };
}
