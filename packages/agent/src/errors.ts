/** Stable codes of the errors that this package raises. */
export type AgentErrorCode =
  | 'AGENT_FLAGS_INVALID'
  | 'AGENT_LAUNCH_FAILED'
  | 'AGENT_MASTER_ADDRESS_INVALID'
  | 'AGENT_RESOURCES_INVALID'
  | 'AGENT_SANDBOX_FAILED'
  | 'AGENT_TERMINATED'
  | 'CONTAINER_DESTROY_FAILED'
  | 'CONTAINER_EXISTS'
  | 'CONTAINER_UNKNOWN';

/** The error of everything that goes wrong in the agent. Tell failures apart by `code`; the message is for people. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly code: AgentErrorCode;

  constructor(code: AgentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
