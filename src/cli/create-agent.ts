import {
  builtInAgents,
  type Agent,
  type AgentClass,
  type AgentContext,
  type OracleLookup,
} from '../agents/index.ts';
import type { Clock, Logger } from '../base/index.ts';
import type { ModuleDefinition } from '../config/index.ts';
import { checkParameters } from './check-parameters.ts';
import { loadModule } from './load-module.ts';

export interface AgentRequest {
  readonly name: string;
  readonly definition: ModuleDefinition;
  readonly folder: string;
  readonly log: Logger;
  readonly clock: Clock;
  readonly oracleOf?: OracleLookup;
}

/** Builds an agent from its definition. Throws `module-unknown`, `module-unloadable` or `config-invalid`. */
export async function createAgent(request: AgentRequest): Promise<Agent> {
  const { name, definition, folder, log, clock, oracleOf } = request;
  const { module, definedIn } = definition;
  const where = definition.locate(['module']);
  const Loaded = await loadModule<AgentClass>({ kind: 'agent', module, definedIn, where }, builtInAgents);
  const parameters = checkParameters(definition, { name, schema: Loaded.parameters });
  const context: AgentContext = { name, folder, log, clock, ...(oracleOf ? { oracleOf } : {}) };
  return new Loaded(parameters as never, context);
}
