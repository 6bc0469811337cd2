import { ProcessError, errorText } from '../errors.ts';
import { answerName, isAsker, refusal, refusalName } from './ask.ts';
import { printable } from '../text.ts';
import type { Caller } from './callers.ts';
import type { MessageEvent } from './event.ts';
import type { ProcessContext } from './process.ts';

/** Whoever has sent a message and waits for what its handler answers. */
export function asking(actor: ProcessContext, { from, name }: MessageEvent): Caller<unknown> {
  return {
    resolve: (answer) => {
      if (from.id !== '') actor.send(from, answerName, answer);
    },
    reject: (error) => {
      const hasEnded = actor.terminated && error instanceof ProcessError && error.code === 'PROCESS_TERMINATED';
      if (isAsker(from)) actor.send(from, refusalName, refusal(hasEnded ? 'PROCESS_TERMINATED' : 'ASK_FAILED', error));
      const { logger } = actor.runtime;
      logger.warn(printable(`Actor ${actor.self.id} has not answered '${name}': ${errorText(error)}`));
    },
  };
}

/** Tells whoever has sent a message, if somebody waits for the answer, that it was not handled. */
export function refuse(actor: ProcessContext, { from }: MessageEvent, error: ProcessError): void {
  if (isAsker(from)) actor.send(from, refusalName, refusal(error.code, error));
}
