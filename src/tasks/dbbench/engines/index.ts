export { createEngine, type EngineSettings } from './create-engine.ts';
