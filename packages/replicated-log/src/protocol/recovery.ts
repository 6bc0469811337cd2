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
 *
 * The id of a new log: whoever is `STARTING` has written down one that it proposes, and everybody who sees all of these takes the least. Who
 * sees one that votes takes its id. (A log without an id is given one by its next writer: `Coordinator`.)
 *
 * How many replicas decide is written down with the vote. A greater number is written down at once. With a lesser one two majorities could
 * have nobody in common, one as counted before, and one as counted now. So a replica that is told one goes on as what it was, until all
 * members have answered, which have to be no more than the new number is a majority of, and of which as many have to vote as one of them takes for a
 * majority. It learns every position up to their last end, adopts their greatest promise, and then writes the lesser number down.
 */
import type { Metadata, ReplicaStatus } from './action.ts';
import { CatchUp } from './catch-up.ts';
import { agreedLog } from './identity.ts';
import { optional } from './replica.ts';
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
  /** An id that no log has. */
  readonly freshId: string;
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
  #isDone = false;

  constructor(init: RecoveryInit) {
    this.#init = init;
  }

  /** Whether the replica votes, and counts as it was told to. */
  get isDone(): boolean {
    return this.#isDone;
  }

  start(): void {
    const { port, replica, quorum } = this.#init;
    const { status, quorum: before } = replica.metadata;
    if (status !== 'VOTING') this.#ask(false);
    else if (before === quorum) this.#done();
    else if (before === undefined || before < quorum) {
      replica.become({ quorum });
      port.whenDurable(() => {
        this.#done();
      });
    } else this.#lower(before);
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
    this.#expect((from, response) => {
      this.#heard(from, response);
    });
    const { incarnation } = replica.metadata;
    port.broadcast({
      type: 'log.recover',
      id: this.#id ?? 0,
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
    }
    this.#answers.add(from, response, response);
    const answers = [...this.#answers.answers().values()];
    const { log, voting } = this.#ofOneLog(answers);
    const decisive = this.#decisive(voting);
    if (this.#fencing) {
      const remembering = voting.filter(({ known }) => known >= (replica.metadata.incarnation ?? 0));
      // All that vote, or more than any of them needs.
      const enough = remembering.length === voting.length ? decisive : this.#decisive(remembering, false);
      if (enough !== undefined) this.#catchUpWith(remembering, enough);
    } else if (decisive !== undefined) {
      // One that was starting has never voted, so it has nothing to forget.
      if (replica.status === 'STARTING') this.#become({ status: 'VOTING', ...optional('log', log) }, decisive);
      else this.#beginAnew(Math.max(0, ...voting.map(({ known }) => known)), log);
    } else {
      this.#initialise(answers);
    }
  }

  /**
   * How many decide, when so many of those that vote have answered that one of them has taken part in everything. That is as many as any of them takes for
   * a majority; or, when all members have answered, a majority of these and as many as one of them takes for one: some may have been told a greater number by mistake.
   */
  #decisive(voting: readonly RecoverResponse[], mayBeAll = true): number | undefined {
    const { port, quorum } = this.#init;
    const { size } = port.members();
    const recorded = voting.map((answer) => answer.quorum);
    const most = Math.max(quorum, ...recorded);
    if (voting.length >= most) return most;
    const least = Math.max(quorum, Math.floor(size / 2) + 1, Math.min(...recorded));
    return mayBeAll && this.#answers.size >= size && voting.length >= least ? least : undefined;
  }

  /** Those that vote in the log that is meant, and its id if it has one. */
  #ofOneLog(answers: readonly RecoverResponse[]): { log: string | undefined; voting: readonly RecoverResponse[] } {
    const { replica, quorum, clusterSize } = this.#init;
    const log = replica.metadata.log ?? agreedLog(this.#answers, quorum, clusterSize);
    const all = answers.filter(({ status }) => status === 'VOTING');
    const voting = all.filter((answer) => answer.log === log || (log !== undefined && answer.log === undefined));
    const others = new Set(all.flatMap((answer) => answer.log ?? []));
    if (voting.length < quorum && others.size > 1) {
      this.#warn(
        `The members are replicas of ${others.size} logs (${[...others].join(', ')}), and none of these has a quorum of ${quorum}: nothing is learned. Find out ` +
          'which disks belong to another cluster, and take them away',
      );
    }
    return { log, voting };
  }

  #initialise(answers: readonly RecoverResponse[]): void {
    const { replica, clusterSize, autoInitialize, port, quorum, freshId } = this.#init;
    // Those that were told different quorums begin nothing. Who votes already was of one mind with all others when it began.
    const agreeing = answers.filter((answer) => answer.status === 'VOTING' || answer.quorum === quorum);
    const count = (...statuses: ReplicaStatus[]): number =>
      agreeing.filter(({ status }) => statuses.includes(status)).length;
    if (!port.areMembersKnown()) return;
    const { size } = port.members();
    if (size > clusterSize) {
      // Some of them may have a log.
      this.#warn(tooMany(size, quorum));
    } else if (!autoInitialize) {
      if (count('EMPTY') >= clusterSize) {
        this.#warn(
          'All replicas are empty: the log has to be initialised once, by `mesos-log initialize` for each of them',
        );
      }
    } else if (replica.status === 'EMPTY' && count('EMPTY', 'STARTING') >= clusterSize) {
      this.#become({ status: 'STARTING', candidate: freshId });
    } else if (replica.status === 'STARTING' && count('STARTING', 'VOTING') >= clusterSize) {
      // Who votes has an id from those that were starting, or its log has none yet.
      const least = answers.flatMap(({ candidate }) => candidate ?? []).toSorted()[0];
      const decisive = Math.max(quorum, ...agreeing.map((answer) => answer.quorum));
      this.#become({ status: 'VOTING', ...optional('log', count('VOTING') > 0 ? logOf(answers) : least) }, decisive);
    }
  }

  /** @param quorum How many decide, once it votes. */
  #become(change: Partial<Metadata> & { readonly status: ReplicaStatus }, quorum?: number): void {
    const { port, replica } = this.#init;
    this.#forget();
    replica.become({ ...change, ...optional('quorum', quorum) });
    port.whenDurable(() => {
      if (change.status === 'VOTING') this.#votes();
      else this.#ask(false);
    });
  }

  /** It has a vote, with as many as decide for the others; a lesser number that it was told comes after that. */
  #votes(): void {
    const { replica, quorum } = this.#init;
    if (replica.quorum === quorum) this.#done();
    else this.#lower(replica.quorum);
  }

  /** A replica that already recovers goes on as what it is, unless others have heard of a later one. */
  #beginAnew(known: number, log: string | undefined): void {
    const { port, replica } = this.#init;
    const { incarnation = 0, status } = replica.metadata;
    this.#forget();
    if (status !== 'RECOVERING' || known > incarnation) {
      replica.become({
        status: 'RECOVERING',
        incarnation: Math.max(known, incarnation) + 1,
        ...optional('log', log),
      });
    }
    port.whenDurable(() => {
      this.#ask(true);
    });
  }

  /** Asks how everybody is, and takes the lesser number of replicas for a majority when it is safe. */
  #lower(before: number): void {
    const { port, quorum, timing } = this.#init;
    this.#forget();
    this.#expect((from, response) => {
      this.#answers.add(from, response, response);
      const { size } = port.members();
      const voting = [...this.#answers.answers().values()].filter(({ status }) => status === 'VOTING');
      const enough = this.#decisive(voting);
      if (enough !== undefined && this.#answers.size >= size && size <= 2 * quorum - 1) {
        this.#catchUpWith(voting, enough, true);
      }
    });
    port.broadcast({ type: 'log.recover', id: this.#id ?? 0, quorum });
    const [min, max] = timing.recoverMs;
    this.#timer = port.after(min, max, () => {
      const { size } = port.members();
      this.#warn(
        `The log was written with a quorum of ${before}, and this replica is started with one of ${quorum}. ${
          size > 2 * quorum - 1
            ? `${size} replicas are there, of which ${quorum} are no majority`
            : `It counts with ${quorum} when all ${size} members have answered, and as many of them vote as did before`
        }; until then it neither writes nor is read. If this was not meant, start it with a quorum of ${before} again`,
      );
      this.#lower(before);
    });
  }

  /** Begins to count answers anew. */
  #expect(heard: (from: string, response: RecoverResponse) => void): void {
    this.#fences = new Fences();
    this.#answers = new Tally(this.#fences);
    this.#id = this.#init.port.expect((from, response) => {
      if (response.type === 'log.recovered') heard(from, response);
    });
  }

  /** @param decisive How many decide what nobody has learned. @param lowers Whether fewer do from then on. */
  #catchUpWith(answers: readonly RecoverResponse[], decisive: number, lowers = false): void {
    const { port, replica, quorum, timing, bounds } = this.#init;
    const log = logOf(answers);
    const [naming] = answers
      .flatMap((answer) => answer.naming ?? [])
      .toSorted((one, other) => other.proposal - one.proposal);
    const promised = Math.max(...answers.map((answer) => answer.promised));
    const fences = this.#fences.all();
    const peers = [...this.#answers.answers().keys()];
    this.#forget();
    this.#catchUp = new CatchUp({
      port,
      replica,
      quorum: decisive,
      claim: Math.max(decisive, ...answers.map((answer) => answer.quorum)),
      timing,
      bounds,
      from: Math.min(...answers.map(({ begin }) => begin)),
      to: Math.max(...answers.map(({ end }) => end)),
      proposal: promised + 1,
      peers,
      graceMs: timing.graceMs,
      done: () => {
        this.#catchUp = undefined;
        replica.become({
          status: 'VOTING',
          promised,
          fences,
          // A lesser one comes after it, when all members have answered.
          quorum: lowers ? quorum : decisive,
          ...optional('log', log),
          ...optional('naming', naming),
        });
        port.whenDurable(() => {
          this.#votes();
        });
      },
    });
    this.#catchUp.start();
  }

  #done(): void {
    this.#isDone = true;
    this.#init.done();
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

/** The id of the log that replicas are of, if one of them knows it. */
function logOf(answers: readonly RecoverResponse[]): string | undefined {
  return answers.find(({ log }) => log !== undefined)?.log;
}

/** What is wrong when there are more replicas than a quorum is a majority of. */
export function tooMany(size: number, quorum: number): string {
  return (
    `${quorum} of ${size} replicas are no majority: nothing is begun, and nobody is elected, until there are ${2 * quorum - 1} at most or the ` +
    `quorum is ${Math.floor(size / 2) + 1}, on all of them the same`
  );
}
