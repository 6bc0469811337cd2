/** Whether this master leads: its part in the election, and what follows from it. */
import { isSameMaster } from '@mesos-ts/election';
import { errorText } from '@mesos-ts/libprocess';
import type { Candidacy, Contender, Detector } from '@mesos-ts/election';
import type { Clock, Logger } from '@mesos-ts/libprocess';
import type { MasterInfo } from '@mesos-ts/protocol';

/** How masters are elected. Closed by who has opened it. */
export interface Election {
  readonly contender: Contender;
  readonly detector: Detector;
}

/** What the leadership asks of the master's actor. */
export interface LeadershipHost {
  readonly info: MasterInfo;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Hands what becomes of a promise to the actor's turn; nothing when it has ended by then. */
  readonly later: <T>(promise: Promise<T>, succeeded: (value: T) => void, failed: (error: unknown) => void) => void;
  /** This master leads from now on, and has to recover before it serves. */
  readonly elected: () => void;
  /** This master must not go on: it has led and does no more, or cannot take part. */
  readonly deposed: (reason: string) => void;
}

/**
 * Follows the election for a master that takes part in it, as Mesos's masters do: one that led and does no more ends, since nobody could say
 * what it still believes; one that never led contends again.
 */
export class Leadership {
  readonly #host: LeadershipHost;
  readonly #election: Election | undefined;
  #candidacy: Candidacy | undefined;
  #leader: MasterInfo | undefined;
  #electedTimeMs: number | undefined;
  #isRecovered = false;

  /** @param election Undefined for a master without rivals, which leads from the start. */
  constructor(host: LeadershipHost, election: Election | undefined) {
    this.#host = host;
    this.#election = election;
  }

  /** Takes part from now on. */
  start(): void {
    if (this.#election === undefined) {
      this.#leader = this.#host.info;
      this.#become();
      return;
    }
    this.#contend(this.#election);
    this.#detect(this.#election);
  }

  /** The master that leads, as far as this one knows: this one only while it surely does. */
  get leader(): MasterInfo | undefined {
    if (this.#leader?.id !== this.#host.info.id) return this.#leader;
    return this.isLeading() ? this.#leader : undefined;
  }

  /** When it was elected, in milliseconds since the Unix epoch; undefined for a master that never was. */
  get electedTimeMs(): number | undefined {
    return this.#electedTimeMs;
  }

  get wasElected(): boolean {
    return this.#electedTimeMs !== undefined;
  }

  /** Whether it has recovered, and serves. */
  get isRecovered(): boolean {
    return this.#isRecovered;
  }

  /** To be told that it has recovered. */
  recovered(): void {
    this.#isRecovered = true;
  }

  /** Whether it leads at this very moment, by the clock: to be asked before it acts. */
  isLeading(): boolean {
    return this.wasElected && (this.#election === undefined || this.#candidacy?.isHeld() === true);
  }

  #contend(election: Election): void {
    const { deposed, info, later, logger } = this.#host;
    later(
      election.contender.contend(info),
      (candidacy) => {
        this.#candidacy = candidacy;
        later(
          candidacy.lost,
          (why) => {
            if (this.#candidacy !== candidacy) return;
            if (this.wasElected) {
              deposed(`Lost leadership: ${why}`);
              return;
            }
            logger.warn(`Lost candidacy as a standby (${why}); contending again`);
            this.#contend(election);
          },
          deposedBy(deposed, 'Lost candidacy'),
        );
        this.#decide();
      },
      deposedBy(deposed, 'Failed to contend'),
    );
  }

  #detect(election: Election, previous?: MasterInfo): void {
    const { deposed, info, later, logger } = this.#host;
    later(
      election.detector.detect(previous),
      (leader) => {
        const isTwin = leader?.id === info.id && !isSameMaster(leader, info);
        if (isTwin) {
          const other = leader.pid ?? leader.hostname ?? '';
          // Neither clients nor agents could tell them apart.
          logger.error(
            `The master at ${other} has the id of this one, ${info.id}: end one of them. This one sends clients to nobody until then`,
          );
        }
        this.#leader = isTwin ? undefined : leader;
        const name = leader === undefined ? 'None' : `${leader.pid ?? leader.hostname ?? ''} with id ${leader.id}`;
        if (leader?.id !== info.id) logger.info(`The newly elected leader is ${name}`);
        this.#decide();
        this.#detect(election, leader);
      },
      deposedBy(deposed, 'Failed to detect the leading master'),
    );
  }

  /** Draws the conclusions from who leads, and whether this one is in the contest. */
  #decide(): void {
    const isElected = this.#leader?.id === this.#host.info.id && this.#candidacy?.isHeld() === true;
    if (isElected && !this.wasElected) this.#become();
    else if (!isElected && this.wasElected) this.#host.deposed('Lost leadership: another master leads, or none');
  }

  #become(): void {
    this.#electedTimeMs = this.#host.clock.now();
    if (this.#election !== undefined) this.#host.logger.info('Elected as the leading master!');
    this.#host.elected();
  }
}

function deposedBy(deposed: (reason: string) => void, what: string): (error: unknown) => void {
  return (error) => {
    deposed(`${what}: ${errorText(error)}`);
  };
}
