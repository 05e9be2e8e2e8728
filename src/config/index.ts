export { type ConfigPath } from './config-node.ts';
export { fillEnvironment, type Environment } from './fill-environment.ts';
export { formatConfig, type ConfigFormat } from './format-config.ts';
export { loadConfig } from './load-config.ts';
export { selectPart, type LoadedConfig } from './loaded-config.ts';
export { collectSecrets, redactSecrets } from './redact-secrets.ts';
export {
  describeAssignmentConfig,
  expandOutputTemplate,
  parseAssignmentConfig,
  parseStartConfig,
  parseTaskDefinitions,
  type AssignmentConfig,
  type AssignmentPair,
  type DockerDefinition,
  type ModuleDefinition,
  type RecycleRule,
  type StartConfig,
  type StartSelection,
  type TaskDefinition,
  type TaskDefinitions,
  type TaskLimits,
  type TaskSelection,
} from './schemas/index.ts';
export { redactText } from './secret-text.ts';
export { stringifyYaml, type YamlStyle } from './stringify-yaml.ts';
