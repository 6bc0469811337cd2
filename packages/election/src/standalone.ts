/** The election without rivals: one master, which leads. */
import { deferred } from '@mesos-ts/libprocess';
import type { MasterInfo } from '@mesos-ts/protocol';
import { ElectionError } from './errors.ts';
import { LeaderWatch } from './leader-watch.ts';
import type { Candidacy, Contender, DetectOptions, Detector } from './interfaces.ts';

/** Is in the contest as long as it likes. */
export class StandaloneContender implements Contender {
  #withdraw: ((why: string) => void) | undefined;
  #isClosed = false;

  contend(_info: MasterInfo): Promise<Candidacy> {
    if (this.#isClosed) return Promise.reject(new ElectionError('ELECTION_CLOSED', 'The contender is closed'));
    this.#withdraw?.('Entered again');
    const over = deferred<string>();
    let isHeld = true;
    const withdraw = (why: string): void => {
      isHeld = false;
      over.resolve(why);
    };
    this.#withdraw = withdraw;
    return Promise.resolve({
      lost: over.promise,
      isHeld: () => isHeld,
      withdraw: () => {
        withdraw('Withdrawn');
        return Promise.resolve();
      },
    });
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#withdraw?.('Closed');
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Knows one leader, who is appointed. */
export class StandaloneDetector implements Detector {
  readonly #watch = new LeaderWatch();

  /** @param leader Who leads. @default nobody, until somebody is appointed */
  constructor(leader?: MasterInfo) {
    this.#watch.set(leader);
  }

  /** From now on, this one leads; or nobody. */
  appoint(leader: MasterInfo | undefined): void {
    this.#watch.set(leader);
  }

  detect(previous?: MasterInfo, options?: DetectOptions): Promise<MasterInfo | undefined> {
    return this.#watch.detect(previous, options);
  }

  close(): Promise<void> {
    this.#watch.close();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
