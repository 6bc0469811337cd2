import { ProcessError } from '../errors.ts';
import type { MessageEvent } from '../actor/event.ts';
import type { PID } from '../actor/pid.ts';
import type { Runtime } from '../runtime.ts';

/** Which messages of a name are meant. A text names an actor, wherever it is; a PID means that very one. */
export interface MessagePattern {
  readonly from?: PID | string;
  readonly to?: PID | string;
}

/**
 * Resolves to the body of the next such message, at the moment when its receiver, an actor of this runtime, is about to handle it. The
 * message is handled as if nobody had looked.
 */
export function expectMessage<T = unknown>(runtime: Runtime, name: string, pattern: MessagePattern = {}): Promise<T> {
  return nextMessage<T>(runtime, name, pattern, false);
}

/** As `expectMessage`, and the message is lost. Those after it are not. */
export function dropMessage<T = unknown>(runtime: Runtime, name: string, pattern: MessagePattern = {}): Promise<T> {
  return nextMessage<T>(runtime, name, pattern, true);
}

/** Loses every such message until the function that it answers is called, which answers how many there were. */
export function dropMessages(runtime: Runtime, name: string, pattern: MessagePattern = {}): () => number {
  let count = 0;
  const stop = runtime.filter((to, event) => {
    const dropped = event.type === 'message' && matches(to, event, name, pattern);
    if (dropped) count++;
    return dropped;
  });
  return () => {
    stop();
    return count;
  };
}

/** Watches for messages that must not come. Call the function that it answers at the end: it throws if there was one. */
export function expectNoMessage(runtime: Runtime, name: string, pattern: MessagePattern = {}): () => void {
  const seen: string[] = [];
  const stop = runtime.filter((to, event) => {
    if (event.type === 'message' && matches(to, event, name, pattern)) {
      seen.push(`from ${event.from.toString()} to ${to.toString()}`);
    }
    return false;
  });
  return () => {
    stop();
    if (seen.length > 0) {
      throw new ProcessError('INVARIANT', `Expected no message '${name}', got ${seen.length}: ${seen.join(', ')}`);
    }
  };
}

function nextMessage<T>(runtime: Runtime, name: string, pattern: MessagePattern, drop: boolean): Promise<T> {
  return new Promise((resolve) => {
    const stop = runtime.filter((to, event) => {
      if (event.type !== 'message' || !matches(to, event, name, pattern)) return false;
      stop();
      // The test says what the body is; nothing is known of it here.
      resolve(event.body as T);
      return drop;
    });
  });
}

function matches(to: PID, event: MessageEvent, name: string, pattern: MessagePattern): boolean {
  return event.name === name && isMeant(event.from, pattern.from) && isMeant(to, pattern.to);
}

function isMeant(pid: PID, wanted: PID | string | undefined): boolean {
  if (wanted === undefined) return true;
  return typeof wanted === 'string' ? pid.id === wanted : pid.equals(wanted);
}
