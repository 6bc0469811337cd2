import { ProcessError, errorText } from '../errors.ts';
import { Process } from './process.ts';
import { refusalLengthMax, refusalName } from './ask.ts';
import { printable } from '../text.ts';
import type { QuestionOptions } from './ask.ts';
import type { Event, ExitReason } from './event.ts';
import type { HandlerResult } from './handlers.ts';
import type { PID } from './pid.ts';
import type { ProcessErrorCode } from '../errors.ts';

// What else is told in place of an answer is the business of whoever was asked.
const passedOn: readonly ProcessErrorCode[] = ['ASK_REFUSED', 'MAILBOX_FULL', 'PROCESS_TERMINATED'];

/**
 * Waits for the answer to a message, as the one to whom it is sent: a temporary actor, so that the answer finds its way by the sender's
 * PID, whatever the protocol, as with libprocess's `ReqResProcess`.
 */
export class Question<T> extends Process {
  readonly #asked: PID;
  readonly #name: string;
  readonly #options: QuestionOptions<T>;
  readonly #resolve: (answer: T) => void;
  readonly #reject: (reason: unknown) => void;

  constructor(
    asked: PID,
    name: string,
    options: QuestionOptions<T>,
    resolve: (answer: T) => void,
    reject: (reason: unknown) => void,
  ) {
    super();
    this.#asked = asked;
    this.#name = name;
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  protected override visit(event: Event): HandlerResult {
    if (event.type !== 'message') return super.visit(event);
    if (event.name === refusalName) this.#refused(event.body);
    else if (this.#options.reply !== undefined && event.name !== this.#options.reply) return super.visit(event);
    else this.#answered(event.body);
    this.terminate();
    return undefined;
  }

  protected override exited(_pid: PID, reason: ExitReason): void {
    const why = reason.type === 'lost' ? 'cannot be reached' : 'has ended or is not there';
    this.#reject(
      new ProcessError('PROCESS_TERMINATED', `${this.#asked.toString()}, asked for '${this.#name}', ${why}`),
    );
    this.terminate();
  }

  protected override finalize(): void {
    this.#reject(new ProcessError('PROCESS_TERMINATED', `The ask for '${this.#name}' has ended with its runtime`));
  }

  #answered(body: unknown): void {
    const { check } = this.#options;
    try {
      // Without a check the answer is what the caller declares it to be.
      this.#resolve(check === undefined ? (body as T) : check(body));
    } catch (error) {
      const text = `The answer of ${this.#asked.toString()} to '${this.#name}' is invalid: ${errorText(error)}`;
      this.#reject(new ProcessError('ANSWER_INVALID', text, { cause: error }));
    }
  }

  #refused(body: unknown): void {
    const { code, text } = (body ?? {}) as { code?: unknown; text?: unknown };
    const known = passedOn.find((one) => one === code) ?? 'ASK_FAILED';
    const reason = typeof text === 'string' ? printable(text.slice(0, refusalLengthMax)) : 'no reason was given';
    this.#reject(new ProcessError(known, `${this.#asked.toString()} did not answer '${this.#name}': ${reason}`));
  }
}
