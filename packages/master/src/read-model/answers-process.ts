import { Process } from '@mesos-ts/libprocess';
import { transfer } from '@mesos-ts/libprocess/threads';
import { Answers } from './answers.ts';
import type { Change } from './change.ts';
import type { Answered, Ask, ReadModelFacts } from './question.ts';

/** Answers questions about a cluster in a thread of its own. */
export class AnswersProcess extends Process {
  readonly #answers: Answers;

  constructor(facts: ReadModelFacts) {
    super();
    this.#answers = new Answers(facts);
  }

  apply(changes: readonly Change[]): Promise<void> {
    return this.#answers.apply(changes);
  }

  async ask(ask: Ask): Promise<Answered> {
    const answered = await this.#answers.ask(ask);
    for (const part of answered.parts) if (typeof part !== 'number') transfer(part);
    for (const [, bytes] of answered.added) transfer(bytes);
    return answered;
  }
}
