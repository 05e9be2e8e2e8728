import type { z } from 'zod';
import { ProctorError, type Json } from '../../base/index.ts';
import { nodeAt, toJson, type ConfigPath } from '../config-node.ts';
import type { LoadedConfig } from '../loaded-config.ts';
import { isSecretKey, redactText } from '../secret-text.ts';

interface ConfigFault {
  readonly path: ConfigPath;
  readonly problem: string;
  readonly wanted: string;
}

/** The error for a configuration that reads well but says something wrong, at the place where it says so. */
export function configFault(loaded: LoadedConfig, { path, problem, wanted }: ConfigFault): ProctorError {
  return new ProctorError('config-invalid', { problem, wanted }, { where: loaded.locate(path) });
}

/**
 * Checks what stands at `base` in a configuration by a schema whose messages say what was wanted.
 * Throws `config-invalid` for the first fault, with its path, what came, and where that was written.
 */
export function parseConfig<Output>(
  schema: z.ZodType<Output>,
  loaded: LoadedConfig,
  base: ConfigPath = [],
): Output {
  const node = nodeAt(loaded.tree, base);
  const parsed = schema.safeParse(node && toJson(node));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const inner = (issue?.path ?? []).map((step) => (typeof step === 'number' ? step : String(step)));
  const path = [...base, ...inner];
  throw configFault(loaded, {
    path,
    problem: describeProblem(loaded, path),
    wanted: issue?.message ?? 'another value',
  });
}

/** A path as people write it: `definition.agent["gpt 4"].module`, `assignments[0]`. */
function formatPath(path: ConfigPath): string {
  if (path.length === 0) return 'the file';
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[\w-]+$/.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join('');
}

/** Names in a sentence; "none" when there are none. */
export function listNames(names: Iterable<string>): string {
  return [...names].join(', ') || 'none';
}

function describeProblem(loaded: LoadedConfig, path: ConfigPath): string {
  const node = nodeAt(loaded.tree, path);
  if (node === undefined) return `${formatPath(path)} is missing`;
  if (node.kind !== 'scalar') return `${formatPath(path)} is a ${node.kind}`;
  const isSecret = path.some((step) => typeof step === 'string' && isSecretKey(step));
  return `${formatPath(path)} is ${describeScalar(node.value, isSecret, loaded.secrets)}`;
}

function describeScalar(value: Json, isSecret: boolean, secrets: readonly string[]): string {
  if (value === null) return 'empty';
  if (typeof value !== 'string') return String(value);
  if (isSecret || secrets.includes(value) || value.length > 60) return 'a string';
  return JSON.stringify(redactText(value, secrets));
}
