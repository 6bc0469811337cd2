import { PID, Process, errorText } from '@mesos-ts/libprocess';
import type { Disk, Timer } from '@mesos-ts/libprocess';
import type { MasterInfo } from '@mesos-ts/protocol';
import { Holding } from '../group/holding.ts';
import { LeaderWatch } from '../leader-watch.ts';
import { ElectionProtocol, protocolSettings } from './protocol.ts';
import { VoteStore } from './vote-store.ts';
import { electionId, electionMessage, leaderMessage, readElectionLetter, readWatch, watchMessage } from './wire.ts';
import type { Candidacy } from '../interfaces.ts';
import type { Peer } from './messages.ts';
import type { ProtocolEvent } from './protocol.ts';
import type { ElectionLetter, LeaderReport } from './wire.ts';

const watchersMax = 200_000;
const strangersMax = 1000;

/** Somebody who wants to know who leads. */
interface Watcher {
  readonly pid: PID;
  /** What it calls this master. */
  readonly asked: number;
}

/** Options of `QuorumElection`. */
export interface QuorumElectionOptions {
  /** `ip:port` of all masters, this one among them. */
  readonly masters: readonly Peer[];
  /** How many of them make a leader: more than half. */
  readonly quorum: number;
  /** How long a leader leads without being confirmed by a quorum, in milliseconds. */
  readonly leaseMs: number;
  /** Where this master's vote is kept. */
  readonly disk: Disk;
  /** Hears when this master can take part no more; the actor ends. */
  readonly failed: (error: Error) => void;
}

/**
 * One master's part in the election by the masters' own quorum: performs what the protocol decides. Nothing is sent before what was to be kept is
 * on the disk. Everybody who asks is told who leads, and whenever that changes.
 */
export class QuorumElection extends Process {
  readonly #options: QuorumElectionOptions;
  /** Who leads, as far as is known here. */
  readonly watch = new LeaderWatch();
  readonly #watchers = new Map<string, Watcher>();
  /** Of whom it was said that they cannot be heard. */
  readonly #strangers = new Set<string>();
  /** When each master was last heard. */
  readonly #heardMs = new Map<Peer, number>();
  readonly #reconnectedMs = new Map<Peer, number>();
  #store!: VoteStore;
  #protocol!: ElectionProtocol<MasterInfo>;
  #holding: Holding | undefined;
  #wake: Timer | undefined;
  #report: Pick<LeaderReport, 'info' | 'term'> = { term: 0, info: undefined };

  constructor(options: QuorumElectionOptions) {
    // Nothing happens while a vote is being written.
    super(electionId, { serial: true });
    this.#options = options;
  }

  protected override async initialize(): Promise<void> {
    const { disk, failed, leaseMs, masters, quorum } = this.#options;
    const self = this.self.address;
    this.#store = new VoteStore(disk, self);
    try {
      const vote = await this.runtime.track(this.#store.read());
      const settings = protocolSettings(self, masters, quorum, leaseMs);
      this.#protocol = new ElectionProtocol(settings, vote, this.#nowMs());
    } catch (error) {
      failed(error instanceof Error ? error : new Error(errorText(error)));
      throw error;
    }
    this.install(
      electionMessage,
      (from, letter) => {
        if (from.id !== electionId || this.#isStranger(from.address, letter)) return undefined;
        const { message } = letter;
        this.#heardMs.set(from.address, this.#nowMs());
        return this.#happen({ type: 'received', from: from.address, message });
      },
      readElectionLetter,
    );
    const watched = (pid: PID, asked: number): void => {
      if (this.#watchers.size >= watchersMax && !this.#watchers.has(pid.toString())) return;
      this.#watchers.set(pid.toString(), { pid, asked });
      this.link(pid);
      this.send(pid, leaderMessage, { ...this.#report, asked });
    };
    this.install(watchMessage, watched, readWatch);
  }

  protected override exited(pid: PID): void {
    this.#watchers.delete(pid.toString());
  }

  protected override async finalize(): Promise<void> {
    // Whoever ends an election acts as leader no more: another may lead at once.
    if (this.#protocol !== undefined) await this.#happen({ type: 'withdraw' });
    this.#holding?.end('closed');
    this.watch.close();
  }

  /** Takes part from now on. */
  async contend(info: MasterInfo): Promise<Candidacy> {
    // Also one that has run out and nobody has noticed: the next one is not to be ended for it.
    if (this.#protocol.leadingTerm !== undefined || this.#holding?.isHeld() === true) {
      this.#holding?.end('entered again');
      await this.#happen({ type: 'withdraw' });
    }
    const { clock } = this.runtime;
    const self: PID<QuorumElection> = this.self;
    const holding = new Holding(
      '',
      () => {
        const untilMs = this.#protocol.leaseUntilMs;
        return untilMs === undefined || clock.monotonic() < untilMs;
      },
      async () => {
        if (this.#holding === holding) await this.runtime.dispatch(self, 'withdraw').catch(() => undefined);
      },
    );
    this.#holding = holding;
    await this.#happen({ type: 'contend', info });
    return holding;
  }

  /** Takes part no more, and lets another lead. */
  withdraw(): Promise<void> {
    return this.#happen({ type: 'withdraw' });
  }

  #nowMs(): number {
    return this.runtime.clock.monotonic();
  }

  async #happen(event: ProtocolEvent<MasterInfo>): Promise<void> {
    const wasLeading = this.#protocol.leadingTerm !== undefined;
    const moment = { nowMs: this.#nowMs(), random: this.runtime.random.next() };
    const { messages, persist } = this.#protocol.step(event, moment);
    // Before anything is waited for: the disk may take longer than the next leader.
    if (wasLeading && this.#protocol.leadingTerm === undefined) {
      const { leaseMs, quorum } = this.#options;
      this.#holding?.end(`no ${quorum} masters have confirmed within ${leaseMs} ms that this one leads`);
    }
    if (persist !== undefined) {
      try {
        await this.runtime.track(this.#store.write(persist));
      } catch (error) {
        const problem = error instanceof Error ? error : new Error(errorText(error));
        this.#holding?.end(problem.message);
        this.watch.fail(problem);
        this.#options.failed(problem);
        throw error;
      }
    }
    for (const { message, to } of messages) this.#sendTo(to, message);
    this.#publish();
    this.#wakeLater();
  }

  /** Who is not to be heard: who is none of the masters, or counts with another lease. Told once. */
  #isStranger(address: Peer, { leaseMs }: ElectionLetter): boolean {
    const { leaseMs: own, masters } = this.#options;
    const isListed = masters.includes(address);
    if (isListed && leaseMs === own) {
      this.#strangers.delete(address);
      return false;
    }
    if (!this.#strangers.has(address) && this.#strangers.size < strangersMax) {
      this.#strangers.add(address);
      this.runtime.logger.error(
        isListed
          ? `The master at ${address} leads for ${leaseMs} ms without being confirmed, and this one for ${own} ms: --master_lease has to be the same for all. It is not heard`
          : `The master at ${address} wants to elect, and is not in the list of masters here, ${masters.join(', ')}: all masters need the same list. It is not heard`,
      );
    }
    return true;
  }

  /** A connection over which nothing comes back may hang for long after the network has healed: then another is made. */
  #sendTo(to: Peer, message: ElectionLetter['message']): void {
    const pid = new PID(electionId, to);
    const nowMs = this.#nowMs();
    const patienceMs = 2 * this.#options.leaseMs;
    const lastMs = Math.max(this.#heardMs.get(to) ?? -Infinity, this.#reconnectedMs.get(to) ?? -Infinity);
    if (lastMs === -Infinity) {
      this.#reconnectedMs.set(to, nowMs);
    } else if (nowMs - lastMs > patienceMs) {
      this.#reconnectedMs.set(to, nowMs);
      this.link(pid, { connection: 'reconnect' });
    }
    const letter: ElectionLetter = { message, leaseMs: this.#options.leaseMs };
    this.send(pid, electionMessage, letter);
  }

  #publish(): void {
    const leader = this.#protocol.leaderAt(this.#nowMs());
    const isSame =
      leader?.info.id === this.#report.info?.id && (leader === undefined || leader.term === this.#report.term);
    if (isSame) return;
    this.#report = { term: leader?.term ?? this.#report.term, info: leader?.info };
    this.watch.set(leader?.info);
    for (const { asked, pid } of this.#watchers.values()) this.send(pid, leaderMessage, { ...this.#report, asked });
  }

  #wakeLater(): void {
    if (this.#wake !== undefined) this.cancel(this.#wake);
    this.#wake = undefined;
    const { wakeMs } = this.#protocol;
    if (wakeMs === Infinity || this.terminated) return;
    // Never the same moment again: clocks that count in whole milliseconds would go round in circles.
    this.#wake = this.delay(Math.max(1, Math.ceil(wakeMs - this.#nowMs())), () => this.#happen({ type: 'tick' }));
  }
}
