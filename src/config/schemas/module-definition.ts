import { z } from 'zod';
import type { JsonObject } from '../../base/index.ts';
import type { ConfigPath } from '../config-node.ts';
import type { LoadedConfig } from '../loaded-config.ts';
import { parseConfig } from './config-fault.ts';
import { moduleSchema, parametersSchema } from './config-values.ts';

/** What plays an agent's or a task's part: a module and what it is given. */
export interface ModuleDefinition {
  readonly module: string;
  readonly parameters: JsonObject;
  /** Absolute path of the file that names the module; a module such as `./my-task.ts#MyTask` is relative to it. */
  readonly definedIn: string;
  /** `file:line:column` of a value inside the definition, as in `locate(['parameters', 'concurrency'])`. */
  locate(path: ConfigPath): string;
}

export const moduleDefinitionSchema = z.object(
  { module: moduleSchema, parameters: parametersSchema },
  { error: 'a mapping with "module" and "parameters"' },
);

/** Reads the definition at `path`. Throws `config-invalid`. */
export function readModuleDefinition(loaded: LoadedConfig, path: ConfigPath): ModuleDefinition {
  const { module, parameters } = parseConfig(moduleDefinitionSchema, loaded, path);
  return {
    module,
    parameters,
    definedIn: loaded.locateFile([...path, 'module']),
    locate: (inner) => loaded.locate([...path, ...inner]),
  };
}
