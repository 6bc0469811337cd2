/**
 * How a replica without a vote gets one.
 *
 * A new log is initialised in two steps, as in Mesos: a replica that sees all replicas `EMPTY` or `STARTING` becomes `STARTING`; one that
 * sees all `STARTING` or `VOTING`, or a quorum `VOTING`, becomes `VOTING`. All means all: some of those that are not seen might have a log.
 *
 * A replica that has lost its disk sees a quorum `VOTING`. It may have promised and accepted things that it does not know any more, which
 * others may have counted on, or be about to. So it begins a new incarnation, and has a quorum remember that before they tell what they
 * have promised and where their logs end. Whatever the lost replica took part in, one of these took part in as well: either before it
 * told, and then it is in what it told, or afterwards, and then it tells whoever counts (`Tally`) that the lost replica's word counts
 * no more. The replica adopts the greatest promise, learns every position up to the last end, and only then votes. (Mesos does not do the
 * first; a promise that is forgotten there can be broken.)
 */
import type { ReplicaStatus } from './action.ts';
import { CatchUp } from './catch-up.ts';
import type { CatchUpPort } from './catch-up.ts';
import type { RecoverResponse } from './message.ts';
import type { LogBounds, LogTiming, TimerId } from './port.ts';
import type { Replica } from './replica.ts';
import { Fences, Tally } from './tally.ts';

export interface RecoveryInit {
  readonly port: CatchUpPort;
  readonly replica: Replica;
  readonly quorum: number;
  /** How many replicas there are when all are there. */
  readonly clusterSize: number;
  readonly autoInitialize: boolean;
  readonly timing: LogTiming;
  readonly bounds: LogBounds;
  /** The replica votes. */
  readonly done: () => void;
  /** Something that an operator should know. */
  readonly warn: (text: string) => void;
}

export class Recovery {
  readonly #init: RecoveryInit;
  #answers = new Tally<RecoverResponse>();
  #fences = new Fences();
  /** Whether it has begun its incarnation, and has a quorum remember it. */
  #fencing = false;
  #id: number | undefined;
  #timer: TimerId | undefined;
  #catchUp: CatchUp | undefined;
  #warned: string | undefined;

  constructor(init: RecoveryInit) {
    this.#init = init;
  }

  start(): void {
    if (this.#init.replica.status === 'VOTING') this.#init.done();
    else this.#ask(false);
  }

  /** Ends it without an outcome. */
  cancel(): void {
    this.#forget();
    this.#catchUp?.cancel();
  }

  /** Asks everybody, and again after a while, until the answers lead on. */
  #ask(fencing: boolean): void {
    const { port, replica, quorum, timing } = this.#init;
    this.#forget();
    this.#fencing = fencing;
    this.#fences = new Fences();
    this.#answers = new Tally(this.#fences);
    this.#id = port.expect((from, response) => {
      if (response.type === 'log.recovered') this.#heard(from, response);
    });
    const { incarnation } = replica.metadata;
    port.broadcast({
      type: 'log.recover',
      id: this.#id,
      quorum,
      ...(fencing && incarnation !== undefined ? { incarnation } : {}),
    });
    const [min, max] = timing.recoverMs;
    this.#timer = port.after(min, max, () => {
      this.#ask(fencing);
    });
  }

  #heard(from: string, response: RecoverResponse): void {
    const { replica, quorum } = this.#init;
    if (response.quorum !== quorum) {
      this.#warn(`${from} has a quorum of ${response.quorum}, this replica one of ${quorum}: they must be the same`);
      return;
    }
    this.#answers.add(from, response, response);
    const answers = [...this.#answers.answers().values()];
    const voting = answers.filter(({ status }) => status === 'VOTING');
    if (this.#fencing) {
      const remembering = voting.filter(({ known }) => known >= (replica.metadata.incarnation ?? 0));
      if (remembering.length >= quorum) this.#catchUpWith(remembering);
    } else if (voting.length >= quorum) {
      // One that was starting has never voted, so it has nothing to forget.
      if (replica.status === 'STARTING') this.#become('VOTING');
      else this.#beginAnew(Math.max(0, ...voting.map(({ known }) => known)));
    } else {
      this.#initialise(answers.map(({ status }) => status));
    }
  }

  #initialise(seen: readonly ReplicaStatus[]): void {
    const { replica, clusterSize, autoInitialize } = this.#init;
    const count = (...statuses: ReplicaStatus[]): number => seen.filter((status) => statuses.includes(status)).length;
    if (!autoInitialize) {
      if (count('EMPTY') >= clusterSize) {
        this.#warn(
          'All replicas are empty: the log has to be initialised once, by `mesos-log initialize` for each of them',
        );
      }
    } else if (replica.status === 'EMPTY' && count('EMPTY', 'STARTING') >= clusterSize) {
      this.#become('STARTING');
    } else if (replica.status === 'STARTING' && count('STARTING', 'VOTING') >= clusterSize) {
      this.#become('VOTING');
    }
  }

  #become(status: ReplicaStatus): void {
    const { port, replica, done } = this.#init;
    this.#forget();
    replica.become({ status });
    port.whenDurable(() => {
      if (status === 'VOTING') done();
      else this.#ask(false);
    });
  }

  /** A replica that already recovers goes on as what it is, unless others have heard of a later one. */
  #beginAnew(known: number): void {
    const { port, replica } = this.#init;
    const { incarnation = 0, status } = replica.metadata;
    this.#forget();
    if (status !== 'RECOVERING' || known > incarnation) {
      replica.become({ status: 'RECOVERING', incarnation: Math.max(known, incarnation) + 1 });
    }
    port.whenDurable(() => {
      this.#ask(true);
    });
  }

  #catchUpWith(answers: readonly RecoverResponse[]): void {
    const { port, replica, quorum, timing, bounds, done } = this.#init;
    const promised = Math.max(...answers.map((answer) => answer.promised));
    const fences = this.#fences.all();
    const peers = [...this.#answers.answers().keys()];
    this.#forget();
    this.#catchUp = new CatchUp({
      port,
      replica,
      quorum,
      timing,
      bounds,
      from: Math.min(...answers.map(({ begin }) => begin)),
      to: Math.max(...answers.map(({ end }) => end)),
      proposal: promised + 1,
      peers,
      graceMs: timing.graceMs,
      done: () => {
        this.#catchUp = undefined;
        replica.become({ status: 'VOTING', promised, fences });
        port.whenDurable(done);
      },
    });
    this.#catchUp.start();
  }

  #warn(text: string): void {
    if (text === this.#warned) return;
    this.#warned = text;
    this.#init.warn(text);
  }

  #forget(): void {
    if (this.#id !== undefined) this.#init.port.forget(this.#id);
    if (this.#timer !== undefined) this.#init.port.cancel(this.#timer);
    this.#id = undefined;
    this.#timer = undefined;
  }
}
