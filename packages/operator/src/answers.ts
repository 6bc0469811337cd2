import { OperatorError } from './errors.ts';

/** What may go with each call. */
export interface CallOptions {
  /** Ends the call, which rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The field that an answer must have. Throws `OPERATOR_ANSWER_INVALID`. */
export function fieldOf<T, F extends keyof T & string>(answer: T, field: F): NonNullable<T[F]> {
  const value = answer[field];
  if (value === undefined || value === null) {
    throw new OperatorError('OPERATOR_ANSWER_INVALID', `The answer has no '${field}'`);
  }
  return value;
}
