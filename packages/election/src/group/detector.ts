import type { Logger } from '@mesos-ts/libprocess';
import type { MasterInfo } from '@mesos-ts/protocol';
import { LeaderWatch } from '../leader-watch.ts';
import { parseMasterInfo } from '../master-info.ts';
import type { DetectOptions, Detector, Group } from '../interfaces.ts';
import type { GroupContender } from './contender.ts';

/** Says of a group of masters which is the oldest. */
export class GroupDetector implements Detector {
  readonly #group: Group;
  readonly #logger: Logger;
  readonly #own: GroupContender | undefined;
  readonly #watch = new LeaderWatch();
  readonly #stop: () => void;
  /** The member of which it was said that nobody can tell who it is. */
  #unreadable: string | undefined;

  /**
   * @param group Its own: it is closed with the detector.
   * @param own By what the master that asks contends.
   */
  constructor(group: Group, logger: Logger, own?: GroupContender) {
    this.#group = group;
    this.#logger = logger;
    this.#own = own;
    const update = (): void => {
      this.#update();
    };
    const stops = [group.changed(update), own?.changed(update)];
    this.#stop = () => {
      for (const stop of stops) stop?.();
    };
    this.#update();
  }

  detect(previous?: MasterInfo, options?: DetectOptions): Promise<MasterInfo | undefined> {
    return this.#watch.detect(previous, options);
  }

  async close(): Promise<void> {
    this.#stop();
    this.#watch.close();
    await this.#group.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #update(): void {
    const failure = this.#group.failure();
    if (failure !== undefined) {
      this.#watch.fail(failure);
      return;
    }
    const oldest = this.#group.members()?.[0];
    if (oldest === undefined || this.#own?.disowns(oldest) === true) {
      this.#watch.set(undefined);
      return;
    }
    const { error, value } = parseMasterInfo(oldest.content);
    if (error !== undefined && this.#unreadable !== oldest.name) {
      this.#unreadable = oldest.name;
      // The second oldest must not be taken for the leader: whoever has left this may believe that it leads.
      this.#logger.error(
        `'${oldest.name}' should say which master leads and does not: ${error}. There is no leader until it is gone: ` +
          'find out who has left it, end that, and remove it',
      );
    }
    this.#watch.set(value);
  }
}
