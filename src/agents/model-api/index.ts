export { isContextLimit } from './context-limit.ts';
export { ModelApi } from './model-api.ts';
export { modelApiFields, modelApiUrl, textEntries } from './settings-schema.ts';
