/** Stable codes of {@link FlagsError}. */
export type FlagsErrorCode = 'FLAG_TABLE_INVALID';

/** A mistake of the program that uses this package. What an operator typed wrong is a return value, never thrown. */
export class FlagsError extends Error {
  readonly code: FlagsErrorCode;

  constructor(code: FlagsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FlagsError';
    this.code = code;
  }
}
