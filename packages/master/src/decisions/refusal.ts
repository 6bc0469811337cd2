/**
 * Why a call was refused. What was `dropped` is told only to those who wait for an answer of their own: over HTTP it was accepted, as in
 * Mesos, where the master looks at it after it has answered.
 */
export interface Refusal {
  readonly kind: 'dropped' | 'forbidden' | 'invalid';
  readonly reason: string;
}

/** A call that is refused without a word. */
export function dropped(reason: string): Refusal {
  return { kind: 'dropped', reason };
}

/** A call that is refused because of what it says. */
export function invalid(reason: string): Refusal {
  return { kind: 'invalid', reason };
}

/** A call that is refused because of who makes it. */
export function forbidden(reason: string): Refusal {
  return { kind: 'forbidden', reason };
}
