/**
 * Lets a signal have as many listeners as there are calls under way. Node warns of more than ten, because with most emitters that is a
 * leak; browsers do not.
 */
export function withoutListenerWarning(signal: AbortSignal): void {
  // Not imported, so that the actors also run in a page.
  if (typeof process === 'undefined') return;
  process.getBuiltinModule('node:events').setMaxListeners(0, signal);
}
