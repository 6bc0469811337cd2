import { deferred } from '@mesos-ts/libprocess';
import type { Candidacy } from '../interfaces.ts';

/** A candidacy as its service sees it. */
export class Holding implements Candidacy {
  readonly name: string;
  readonly #over = deferred<string>();
  readonly #isAlive: () => boolean;
  readonly #leave: () => Promise<void>;
  #isOver = false;

  /**
   * @param name That of its node; empty where there are none.
   * @param isAlive Whether the service surely has not given it up, by the clock.
   * @param leave Tells the service that it is over; never rejects.
   */
  constructor(name: string, isAlive: () => boolean, leave: () => Promise<void>) {
    this.name = name;
    this.#isAlive = isAlive;
    this.#leave = leave;
  }

  get lost(): Promise<string> {
    return this.#over.promise;
  }

  isHeld(): boolean {
    return !this.#isOver && this.#isAlive();
  }

  async withdraw(): Promise<void> {
    if (this.#isOver) return;
    this.end('withdrawn');
    await this.#leave();
  }

  /** It is over, whoever has ended it. */
  end(why: string): void {
    this.#isOver = true;
    this.#over.resolve(why);
  }
}
