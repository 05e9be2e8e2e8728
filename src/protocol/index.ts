export { callRoute, readReply, type CallOptions, type Peer } from './call-route.ts';
export {
  controllerEvents,
  eventKinds,
  eventsPath,
  type EventData,
  type EventFollower,
  type EventKind,
  type EventType,
  type FollowRequest,
  type StreamedEvent,
} from './events.ts';
export * as agentbench from './dialects/agentbench/index.ts';
export type {
  ListWorkersReply,
  SessionEnd,
  SessionEntry,
  SessionReply,
  SessionStatusReply,
  WireAgentOutput,
  WireChatItem,
  WireTaskOutput,
  WorkerEntry,
} from './dialects/agentbench/schemas.ts';
export {
  contentText,
  roles,
  type Content,
  type ContentPart,
  type ImagePart,
  type Message,
  type Role,
  type TextPart,
  type ToolCall,
  type ToolDefinition,
} from './message.ts';
export {
  apiPrefix,
  controllerRoutes,
  defaultControllerAddress,
  defaultControllerPort,
  defaultWorkerPort,
  largestBodyBytes,
  workerRoutes,
  type Route,
  type RouteInput,
  type RouteReply,
  type RouteRequest,
} from './routes.ts';
export {
  causes,
  runErrors,
  type Cause,
  type ReachedLimit,
  type RunError,
  type RunRecord,
} from './run-record.ts';
export {
  agentStatuses,
  sampleStatuses,
  type AgentOutput,
  type AgentStatus,
  type FinalStatus,
  type Outcome,
  type SampleIndex,
  type SampleStatus,
  type TaskOutput,
  type TokenUsage,
} from './sample.ts';
export {
  StreamedBody,
  TransportError,
  sampleStatusHeader,
  transportFaults,
  type CallSignal,
  type Transport,
  type TransportFault,
  type TransportReply,
  type TransportRequest,
} from './transport.ts';
export { WireError, wireErrors, type WireErrorCode } from './wire-errors.ts';
