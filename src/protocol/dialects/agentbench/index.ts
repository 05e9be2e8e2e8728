export {
  fromWireAgentOutput,
  fromWireMessage,
  fromWireOutput,
  toWireAgentOutput,
  toWireMessage,
  toWireOutput,
} from './messages.ts';
export {
  agentOutputSchema,
  relayedReply,
  sampleIndexSchema,
  taskOutputSchema,
  type ListWorkersReply,
  type SessionEntry,
  type SessionReply,
  type WireAgentOutput,
  type WireChatItem,
  type WireTaskOutput,
  type WorkerEntry,
} from './schemas.ts';
export { describeBodyFault, describeFields, type ValidationEntry } from './validation-detail.ts';
export { describeJsonFault } from './json-fault.ts';
