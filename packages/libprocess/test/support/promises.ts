import { ProcessError } from '../../src/index.ts';

/** What has become of a promise. */
export interface Outcome<T> {
  state: 'pending' | 'fulfilled' | 'rejected';
  value?: T;
  reason?: unknown;
}

/** Follows a promise, so that a test can ask whether it has settled yet. */
export function outcome<T>(promise: Promise<T>): Outcome<T> {
  const seen: Outcome<T> = { state: 'pending' };
  promise.then(
    (value) => {
      seen.state = 'fulfilled';
      seen.value = value;
    },
    (reason: unknown) => {
      seen.state = 'rejected';
      seen.reason = reason;
    },
  );
  return seen;
}

/** Lets every promise that can settle without time or network do so. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** The code of the error that a promise rejects with: 'no error' where it resolves, what it rejects with where that is none of ours. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof ProcessError ? error.code : error),
  );
}
