export { runAgentCommand } from './agent-command.js';
export { type AgentConfig, parseAgentConfig } from './agent-config.js';
export { AgentError, type AgentErrorCode } from './agent-error.js';
export { componentsDirectory, killSwitchPath } from './agent-files.js';
export { type AgentConnection, connectAgent, type ModeSetting, type PauseScope } from './connect-agent.js';
export type { AgentStatus } from './control-protocol.js';
export { type LastKnown, readLastKnown } from './last-known.js';
export { type RunningAgent, runAgent } from './run-agent.js';
