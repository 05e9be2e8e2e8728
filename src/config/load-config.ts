import { ImportResolver } from './import-resolver.ts';
import { createLoadedConfig, type LoadedConfig } from './loaded-config.ts';

/**
 * Loads a configuration file and resolves its `import`, `default` and `overwrite`.
 * Throws `file-missing`, `file-unreadable`, `config-suffix`, `config-syntax`, `import-circular` or `config-invalid`.
 */
export function loadConfig(file: string): LoadedConfig {
  return createLoadedConfig(file, new ImportResolver().load(file));
}
