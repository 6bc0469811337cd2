import { PID, Process, errorText } from '@mesos-ts/libprocess';
import type { HostPort } from '../address.ts';
import { LeaderWatch } from '../leader-watch.ts';
import { hostPort } from '../master-info.ts';
import { resolveHost } from '../resolve-host.ts';
import { electionId, leaderMessage, readLeaderReport, watchMessage } from './wire.ts';
import type { LeaderReport } from './wire.ts';

const retryMs = 1000;

interface Followed {
  readonly master: HostPort;
  pid: PID | undefined;
  report: LeaderReport | undefined;
}

/** Options of `LeaderObserver`. */
export interface LeaderObserverOptions {
  readonly masters: readonly HostPort[];
  /** `ip:port` of a host. @default by the system's resolver */
  readonly resolve?: (master: HostPort) => Promise<string>;
}

/** Follows who leads, for those who are no masters: asks all masters, and believes the latest election that any of them knows of. */
export class LeaderObserver extends Process {
  readonly watch = new LeaderWatch();
  readonly #followed: readonly Followed[];
  readonly #resolve: (master: HostPort) => Promise<string>;
  #isSilenceTold = false;

  constructor({ masters, resolve = resolveHost }: LeaderObserverOptions) {
    super();
    this.#followed = masters.map((master) => ({ master, pid: undefined, report: undefined }));
    this.#resolve = resolve;
  }

  protected override initialize(): void {
    this.install(
      leaderMessage,
      (from, report) => {
        // A master may call itself by another address than the one at which it was asked.
        const followed = this.#followed[report.asked];
        if (followed?.pid === undefined || from.id !== electionId) return;
        followed.report = report;
        this.#isSilenceTold = false;
        this.#decide();
      },
      readLeaderReport,
    );
    for (const followed of this.#followed) this.#ask(followed);
  }

  protected override exited(pid: PID): void {
    const followed = this.#followed.find((each) => each.pid?.equals(pid));
    if (followed !== undefined) this.#lose(followed);
  }

  protected override finalize(): void {
    this.watch.close();
  }

  #ask(followed: Followed): void {
    this.runtime.track(this.#resolve(followed.master)).then(
      this.#inTurn((address: string) => {
        followed.pid = new PID(electionId, address);
        this.link(followed.pid);
        this.send(followed.pid, watchMessage, { asked: this.#followed.indexOf(followed) });
      }),
      this.#inTurn((error: unknown) => {
        this.runtime.logger.warn(`${errorText(error)}; trying again`);
        this.#lose(followed);
      }),
    );
  }

  #inTurn<T>(work: (value: T) => void): (value: T) => void {
    const inTurn = this.defer(work);
    return (value) => {
      // Nobody waits when this has ended by then.
      inTurn(value).catch(() => undefined);
    };
  }

  #lose(followed: Followed): void {
    followed.pid = undefined;
    followed.report = undefined;
    this.#decide();
    this.delay(retryMs * (0.5 + this.runtime.random.next() / 2), () => {
      this.#ask(followed);
    });
    if (this.#isSilenceTold || this.#followed.some(({ report }) => report !== undefined)) return;
    this.#isSilenceTold = true;
    const masters = this.#followed.map(({ master }) => hostPort(master.host, master.port)).join(', ');
    this.runtime.logger.warn(`None of the masters ${masters} can be reached; trying again`);
  }

  #decide(): void {
    let latest: LeaderReport | undefined;
    for (const { report } of this.#followed) {
      if (report?.info !== undefined && report.term >= (latest?.term ?? 0)) latest = report;
    }
    this.watch.set(latest?.info);
  }
}
