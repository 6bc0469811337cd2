// The errors of this package. Expected outcomes are return values; these are for input that breaks the protocol.

/** The stable codes of {@link ProtocolError}. */
export type ProtocolErrorCode = 'PROTOCOL_INVALID_MESSAGE' | 'PROTOCOL_INVALID_PROTOBUF' | 'PROTOCOL_INVALID_RECORD';

/** Thrown when something received does not follow the protocol. `code` is stable; the message is for people. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ProtocolErrorCode;

  constructor(code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
