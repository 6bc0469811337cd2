import { deferred } from '../deferred.ts';
import { ProcessError, errorText } from '../errors.ts';
import { onAbort } from './on-abort.ts';
import type { Clock } from '../time/clock.ts';
import type { PID } from './pid.ts';
import type { ProcessErrorCode } from '../errors.ts';

/** How long somebody waits for an answer. */
export interface AskOptions {
  /** Aborting it rejects the caller's promise with the signal's reason and discards the call at the callee. */
  readonly signal?: AbortSignal;
  /** After so many milliseconds the caller's promise is rejected with `ASK_TIMEOUT` and the call discarded at the callee. @default never */
  readonly timeoutMs?: number;
}

/** Options of `ask`. */
export interface QuestionOptions<T> extends AskOptions {
  /** The name of the message that is the answer. Messages of other names are dropped. @default any name */
  readonly reply?: string;
  /** Turns the body of the answer into what the caller takes and throws when it cannot: `ANSWER_INVALID`. */
  readonly check?: (body: unknown) => T;
}

const askerPrefix = '__ask__-';
/** Characters of a text that says why there is no answer. */
export const refusalLengthMax = 1_000;

/** The name of the message that a handler of `installAsk` answers with. */
export const answerName = '__answer__';
/** The name of the message that says why there is no answer. */
export const refusalName = '__refused__';
/** Nobody has this name: whoever has asked says to it that the ask is discarded. */
export const asksId = '__asks__';
export const discardName = 'discard';

/** The name of somebody who asks. Nobody else can guess it, so that only who was asked can answer. */
export function askerId(unique: string): string {
  return `${askerPrefix}${unique}`;
}

/** Whether somebody asks, and does nothing else. */
export function isAsker(pid: PID): boolean {
  return isAskerId(pid.id);
}

/** Whether that is the name of somebody who asks. */
function isAskerId(id: string): boolean {
  return id.startsWith(askerPrefix);
}

/** The body of a message that says why there is no answer. */
export function refusal(code: ProcessErrorCode, error: unknown): { readonly code: string; readonly text: string } {
  return { code, text: errorText(error).slice(0, refusalLengthMax) };
}

/**
 * Of a message that cannot be written, with the reason: the message that tells whoever waits for it, in place of an answer, and which way
 * it goes: on to its receiver, who has asked, or back to its sender, who asks. Undefined where nobody waits.
 */
export function unwritten(
  { to, from, name }: { readonly to: string; readonly from: string; readonly name: string },
  reason: string,
): { readonly goes: 'back' | 'on'; readonly body: unknown } | undefined {
  if (isAskerId(from)) return { goes: 'back', body: refusal('ASK_REFUSED', reason) };
  if (!isAskerId(to) || name === refusalName) return undefined;
  return { goes: 'on', body: refusal('ASK_FAILED', `its answer cannot be sent: ${reason}`) };
}

/** What is needed to ask somebody. */
export interface Asking<T> {
  readonly clock: Clock;
  /** What is asked, for the text of the error when there is no answer in time. */
  readonly what: string;
  /** Asks. The signal aborts when the caller has given up; it is the caller's own where there is no time limit. */
  start(
    resolve: (answer: T | PromiseLike<T>) => void,
    reject: (reason: unknown) => void,
    signal: AbortSignal | undefined,
  ): void;
  /** The caller has given up. */
  discard(reason: unknown): void;
}

/** Waits for an answer until the caller gives up: by its signal, or because the time is over. */
export function askUntil<T>(options: AskOptions, asking: Asking<T>): Promise<T> {
  const { signal: given, timeoutMs } = options;
  if (given?.aborted === true) return Promise.reject(given.reason);
  if (Number.isNaN(timeoutMs)) return Promise.reject(new ProcessError('INVARIANT', 'A timeout is a number'));
  const { promise, resolve, reject } = deferred<T>();
  const limit = timeoutMs === undefined ? undefined : new AbortController();
  const discard = (reason: unknown): void => {
    reject(reason);
    limit?.abort(reason);
    asking.discard(reason);
  };
  const releases: (() => void)[] = [];
  if (timeoutMs !== undefined) {
    const late = (): void => {
      discard(new ProcessError('ASK_TIMEOUT', `${asking.what} was not answered within ${timeoutMs} ms`));
    };
    const timer = asking.clock.timer(timeoutMs, late, { keepsAlive: true });
    releases.push(() => {
      asking.clock.cancel(timer);
    });
  }
  if (given !== undefined) releases.push(onAbort(given, discard));
  try {
    asking.start(resolve, reject, limit?.signal ?? given);
  } catch (error) {
    reject(error);
  }
  const release = (): void => {
    for (const undo of releases) undo();
  };
  // What limits the wait matters until there is an answer, which may be later than the callee's method returns.
  promise.then(release, release);
  return promise;
}
