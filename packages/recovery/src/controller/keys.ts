export const CONTROLLER_KEY = 'reknit/controller';
/** There while the agent's session lives. */
export const agentKey = (agentId: string): string => `reknit/agents/${agentId}`;
