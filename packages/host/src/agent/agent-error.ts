export type AgentErrorCode = 'bad-config' | 'already-running' | 'not-running' | 'not-authenticated' | 'refused' | 'lost';

/** An operational fault of the agent or of the way to it: what is wrong, and what to do. */
export class AgentError extends Error {
  override readonly name: string = 'AgentError';
  readonly code: AgentErrorCode;

  constructor(code: AgentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
