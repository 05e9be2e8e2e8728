import { stringifyPythonJson, type Json } from '../base/index.ts';
import { stringifyYaml } from './stringify-yaml.ts';

export type ConfigFormat = 'yaml' | 'json';

/** A configuration's value as text in the given format, with its own order of keys and a newline at its end. */
export function formatConfig(value: Json, format: ConfigFormat): string {
  if (format === 'yaml') return stringifyYaml(value);
  return `${stringifyPythonJson(value, { indent: 2, ascii: false })}\n`;
}
