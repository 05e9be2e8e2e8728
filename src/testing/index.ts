// The test kit for authors of tasks and agents: no key, no port, no waiting.
export { FakeClock } from './fake-clock.ts';
export {
  startFakeModelServer,
  type FakeModelOptions,
  type FakeModelServer,
  type ModelFailure,
  type ModelRequest,
} from './fake-model-server.ts';
export { createGate, FunctionTask, type FunctionTaskParts, type Gate } from './function-task.ts';
export { playSample, type PlayedSample, type TestAgent } from './play-sample.ts';
export { scriptedAgent, type ScriptedReply, type ScriptedTestAgent } from './scripted-agent.ts';
export { TestNetwork, type Interference } from './test-network.ts';
export {
  TestSystem,
  testControllerOrigin,
  type TestSystemSettings,
  type TestWorkerSettings,
} from './test-system.ts';
