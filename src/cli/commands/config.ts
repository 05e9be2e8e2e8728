import { ProctorError } from '../../base/index.ts';
import { fillEnvironment, formatConfig, loadConfig, redactSecrets } from '../../config/index.ts';
import { exitCodes, type Shell } from '../shell.ts';

export interface ConfigOptions {
  readonly output: string;
}

/** Prints a configuration file as the loader resolves it, free of secrets; gives the exit code. */
export async function runConfig(file: string, options: ConfigOptions, shell: Shell): Promise<number> {
  const { output } = options;
  if (output !== 'yaml' && output !== 'json') {
    const problem = `--output is "${output}"`;
    throw new ProctorError('usage-invalid', { problem, wanted: 'yaml or json', command: 'proctor config' });
  }
  const filled = fillEnvironment(loadConfig(file), shell.environment);
  shell.stdout.write(formatConfig(redactSecrets(filled.value, filled.secrets), output));
  return exitCodes.done;
}
