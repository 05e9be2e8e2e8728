export { EmbeddedEngine, type EmbeddedSettings } from './embedded-engine.ts';
