type AbortListener = (reason: unknown) => void;

const listeners = new WeakMap<AbortSignal, Set<AbortListener>>();

/**
 * Listens to a signal and answers how to stop. However many listen, the signal has one listener: adding one takes time in proportion to
 * those that it has, and Node takes more than ten for a leak.
 */
export function onAbort(signal: AbortSignal, listener: AbortListener): () => void {
  let waiting = listeners.get(signal);
  if (waiting === undefined) {
    const all = new Set<AbortListener>();
    waiting = all;
    listeners.set(signal, all);
    signal.addEventListener('abort', tellAll, { once: true });
  }
  const all = waiting;
  all.add(listener);
  return () => {
    if (!all.delete(listener) || all.size > 0 || listeners.get(signal) !== all) return;
    listeners.delete(signal);
    signal.removeEventListener('abort', tellAll);
  };
}

function tellAll(this: AbortSignal): void {
  const all = listeners.get(this);
  listeners.delete(this);
  for (const listener of all ?? []) listener(this.reason);
}
