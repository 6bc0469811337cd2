/**
 * A replicated log under a seed, in virtual time: five replicas, writers that fight each other, readers, and everything that can go wrong
 * with networks, disks, programs and clocks. The state machines are those of the product; what the actors do around them is done by
 * `SimulatedNode`. `LogChecker` looks on. In the end everything is put right, and the log must go on.
 */
import { SeededRandom } from '@mesos-ts/libprocess';
import type { Action } from '../../protocol/action.ts';
import type { LogMessage } from '../../protocol/message.ts';
import type { LogAnswer, LogNodeParts } from '../../protocol/node.ts';
import type { LogTiming } from '../../protocol/port.ts';
import type { LogWrite } from '../../storage/log-storage.ts';
import { LogChecker, LogViolation } from './checker.ts';
import type { LogChecks } from './checker.ts';
import { EventQueue } from './event-queue.ts';
import { SimulatedNode } from './simulated-node.ts';
import type { LogHistory } from '../log-history.ts';
import type { DiskFaults, SimulatedWorld, WriterId } from './simulated-node.ts';

/** Faulty parts, for tests that show that the checkers find them. */
export interface PlantedFaults {
  readonly parts?: Partial<LogNodeParts>;
  readonly disk?: DiskFaults;
  /** What nodes take for a quorum. */
  readonly quorum?: number;
}

/** What is simulated besides what the seed decides. */
export interface LogSimulationOptions {
  /** @default 5 */
  readonly replicas?: number;
  /** How long things go wrong, in virtual milliseconds. @default 3000 */
  readonly chaosMs?: number;
  readonly faults?: PlantedFaults;
  /** @default all */
  readonly checks?: LogChecks;
  /** Is told of appends, and of what writers read when they are elected; nothing is truncated then. */
  readonly history?: LogHistory;
  /** Told what happens, line by line. */
  readonly trace?: (line: string) => void;
}

/** What a simulation that has found nothing wrong has seen. */
export interface LogSimulationReport {
  readonly steps: number;
  readonly appends: number;
  readonly elections: number;
  readonly crashes: number;
  readonly wipes: number;
  readonly lost: number;
  /** Disks of another log that were put into replicas, and how many of these replicas have ended by themselves. */
  readonly swaps: number;
  readonly foreign: number;
  /** Restarts with a quorum other than that of the rest. */
  readonly mistakes: number;
  /** Replicas that were away when the log had to go on in the end. */
  readonly away: number;
  readonly virtualMs: number;
}

/** The id of the log on disks that do not belong here. */
const otherLog = 'another log';

const timing: LogTiming = {
  electionMs: 150,
  requestMs: 60,
  backoffMs: [10, 30],
  graceMs: 80,
  recoverMs: [30, 60],
  writeMs: 50,
  idleMs: 20,
};

/** Runs a simulation. Throws a `LogViolation` that names the seed when something is wrong. The same seed does the same. */
export function simulateLog(seed: number, options: LogSimulationOptions = {}): LogSimulationReport {
  try {
    return new LogSimulation(seed, options).run();
  } catch (error) {
    if (error instanceof LogViolation) throw new LogViolation(error.check, `${error.text} (seed ${seed})`);
    throw error;
  }
}

class LogSimulation {
  readonly #random: SeededRandom;
  readonly #queue = new EventQueue();
  readonly #checker: LogChecker;
  readonly #nodes: SimulatedNode[];
  readonly #byName: Map<string, SimulatedNode>;
  readonly #quorum: number;
  readonly #chaosMs: number;
  readonly #history: LogHistory | undefined;
  readonly #trace: ((line: string) => void) | undefined;
  /** Pairs `from to` between which nothing arrives. */
  readonly #cut = new Set<string>();
  readonly #loss: number;
  readonly #duplicates: number;
  readonly #delayMs: number;
  /** How long it takes until the next misfortune, and until a crashed node is up again, at most. */
  readonly #calmMs: number;
  readonly #downMs: number;
  /** How likely it is that a misfortune is a crash, and that it is the loss of a disk. */
  readonly #crashes: number;
  readonly #wipes: number;
  /** How likely it is that not a disk is lost, but replaced by one of another log. */
  readonly #swaps: number;
  /** How likely it is that who is restarted is told another quorum. */
  readonly #mistakes: number;
  /** How soon a writer that has lost, or has written enough, wants to be elected again. */
  readonly #restMs: number;
  #isHealed = false;
  /** Who stays away while the rest has been put right. */
  readonly #away = new Set<SimulatedNode>();
  #values = 0;
  readonly #report = {
    steps: 0,
    appends: 0,
    elections: 0,
    crashes: 0,
    wipes: 0,
    lost: 0,
    swaps: 0,
    foreign: 0,
    mistakes: 0,
    away: 0,
  };

  constructor(seed: number, options: LogSimulationOptions) {
    const { replicas = 5, chaosMs = 3_000, faults = {}, checks = 'all', trace } = options;
    const random = new SeededRandom(seed);
    this.#random = random;
    this.#trace = trace;
    this.#history = options.history;
    this.#chaosMs = chaosMs;
    this.#quorum = Math.floor(replicas / 2) + 1;
    this.#checker = new LogChecker(this.#quorum, checks);
    this.#loss = random.next() < 0.3 ? 0 : random.next() * 0.1;
    this.#duplicates = random.next() < 0.5 ? 0 : random.next() * 0.1;
    this.#delayMs = 1 + random.next() * 15;
    this.#calmMs = 60 + random.next() * 600;
    this.#downMs = random.next() < 0.5 ? 300 : 20;
    this.#crashes = 0.1 + random.next() * 0.5;
    this.#wipes = random.next() < 0.3 ? 0 : random.next() * 0.3;
    this.#restMs = 40 + random.next() * 500;
    this.#swaps = random.next() < 0.5 ? 0 : random.next() * 0.5;
    this.#mistakes = random.next() < 0.5 ? 0 : random.next() * 0.5;
    // Some logs are initialised by hand, and are given an id by the first writer.
    const isInitialised = random.next() < 0.3;
    const members = Array.from({ length: replicas }, (_, index) => `r${index + 1}`);
    const world: SimulatedWorld = {
      queue: this.#queue,
      random,
      checker: this.#checker,
      members,
      quorum: faults.quorum ?? this.#quorum,
      timing,
      syncMs: 1 + random.next() * 20,
      send: (from, to, message) => {
        this.#send(from, to, message);
      },
      foreign: (name) => {
        this.#foreign(name);
      },
      outdated: (name) => {
        throw new LogViolation('only a replica with an older disk ends as one', name);
      },
      trace: (text) => {
        this.#tell(text);
      },
      ...(faults.parts === undefined ? {} : { parts: faults.parts }),
      ...(faults.disk === undefined ? {} : { diskFaults: faults.disk }),
    };
    this.#nodes = members.map((name) => new SimulatedNode(name, world));
    if (isInitialised) for (const { disk } of this.#nodes) disk.hold({ metadata: { status: 'VOTING', promised: 0 } });
    this.#byName = new Map(this.#nodes.map((node) => [node.name, node]));
  }

  run(): LogSimulationReport {
    for (const node of this.#nodes) {
      this.#soon(30, () => {
        // One that has lost its disk before was started with another.
        if (!node.isUp) node.boot();
      });
    }
    const writers = this.#nodes.slice(0, 2 + this.#below(3));
    for (const node of writers) this.#soon(300, () => this.#write(node, 1));
    // Now and then two writers have one replica.
    for (const node of writers) if (this.#random.next() < 0.2) this.#soon(300, () => this.#write(node, 2));
    for (const node of this.#nodes) this.#soon(1_000, () => this.#read(node));
    this.#soon(400, () => {
      this.#misfortune();
    });
    this.#until(this.#chaosMs);
    this.#heal();
    return { ...this.#report, virtualMs: this.#queue.now };
  }

  /** A writer's life: it is elected, writes a while, and leaves the log to others. */
  #write(node: SimulatedNode, id: WriterId): void {
    if (this.#isHealed) return;
    const again = (): void => {
      this.#soon(this.#restMs, () => {
        this.#write(node, id);
      });
    };
    if (!node.isUp) {
      again();
      return;
    }
    const read = this.#history?.call({ type: 'read' });
    node.elect((outcome) => {
      if (typeof outcome !== 'number') {
        again();
        return;
      }
      read?.(node.values(outcome));
      this.#report.elections++;
      this.#burst(node, id, 1 + this.#below(6), again);
    }, id);
  }

  /** Some appends at the same time, and then some more. */
  #burst(node: SimulatedNode, id: WriterId, more: number, done: () => void): void {
    const count = 1 + this.#below(5);
    let open = count;
    let position = 0;
    const answered = (outcome: LogAnswer | 'crashed'): void => {
      if (typeof outcome === 'number') position = outcome;
      else position = -1;
      if (--open > 0) return;
      if (position < 0 || more === 0 || this.#isHealed) done();
      else this.#soon(60, () => this.#burst(node, id, more - 1, done));
    };
    for (let index = 0; index < count; index++) {
      if (this.#random.next() < 0.04 && this.#history === undefined) {
        node.truncate(Math.max(0, this.#truncation(node)), answered, id);
      } else {
        this.#append(node, answered, id);
      }
    }
    this.#report.appends += count;
  }

  #append(node: SimulatedNode, answered: (outcome: LogAnswer | 'crashed') => void, id: WriterId = 1): void {
    const value = Buffer.from(`v${++this.#values}`);
    const appended = this.#history?.call({ type: 'append', value: value.toString() });
    node.append(
      value,
      (outcome) => {
        if (typeof outcome === 'number') appended?.(outcome);
        answered(outcome);
      },
      id,
    );
  }

  /** Somewhere before the end. */
  #truncation(node: SimulatedNode): number {
    return (node.node?.end ?? 0) - this.#below(10);
  }

  #read(node: SimulatedNode): void {
    if (this.#isHealed) return;
    const again = (): void => {
      this.#soon(1_500, () => {
        this.#read(node);
      });
    };
    if (node.isUp) node.catchUp(again);
    else again();
  }

  /** Something goes wrong; and again after a while. */
  #misfortune(): void {
    if (this.#isHealed) return;
    const node = this.#any();
    if (this.#random.next() < this.#wipes) this.#wipe(node);
    else if (this.#random.next() < this.#crashes) {
      this.#crash(node, this.#random.next() < 0.5 ? 1 : this.#random.next());
    } else {
      const dice = this.#random.next();
      if (dice < 0.3) this.#partition();
      else if (dice < 0.6) {
        // One way only.
        this.#cutFor(node.name, this.#any().name);
      } else if (dice < 0.8) {
        for (const other of this.#nodes) this.#cutFor(node.name, other.name);
      } else {
        node.skew = 0.3 + this.#random.next() * 2;
      }
    }
    this.#soon(this.#calmMs, () => {
      this.#misfortune();
    });
  }

  #crash(node: SimulatedNode, fraction: number): void {
    if (!node.isUp) return;
    this.#tell(() => `${node.name} crashes`);
    this.#report.crashes++;
    node.crash(fraction);
    this.#bootSoon(node);
  }

  /** Starts it after a while, sometimes with another quorum than it should: a majority still, or less than one. */
  #bootSoon(node: SimulatedNode): void {
    this.#soon(this.#downMs, () => {
      if (node.isUp || this.#away.has(node)) return;
      if (this.#isHealed || this.#random.next() >= this.#mistakes) {
        node.boot();
        return;
      }
      this.#report.mistakes++;
      // With a greater quorum fewer disks may be lost.
      const isGreater = this.#random.next() < 0.5 && this.#whole().length > this.#quorum;
      node.boot(isGreater ? Math.min(this.#quorum + 1, this.#nodes.length) : this.#quorum - 1);
    });
  }

  /** A disk is lost, or replaced by that of another log, when a majority of them is left that knows what there is. */
  #wipe(node: SimulatedNode): void {
    const whole = this.#whole();
    // Those that were told a greater quorum need as many.
    const quorum = Math.max(this.#quorum, ...whole.map(({ disk }) => disk.synced.metadata.quorum ?? 0));
    if (!whole.includes(node) || whole.length <= quorum) return;
    // A replica that has no id yet cannot tell other logs from its own, as long as no quorum has one.
    const named = whole.filter(({ disk }) => disk.synced.metadata.log !== undefined);
    const isSwap = this.#random.next() < this.#swaps && named.length > quorum;
    this.#tell(() => `${node.name} ${isSwap ? 'has a disk of another log' : 'loses its disk'}`);
    node.crash(0);
    if (isSwap) {
      this.#report.swaps++;
      node.disk.hold(this.#otherDisk());
      this.#checker.swapped(node.name);
    } else {
      this.#report.wipes++;
      node.disk.wipe();
      this.#checker.wiped(node.name);
    }
    this.#bootSoon(node);
  }

  /** Those whose disks know what there is. */
  #whole(): SimulatedNode[] {
    return this.#nodes.filter(
      ({ disk }) => disk.synced.metadata.status === 'VOTING' && disk.synced.metadata.log !== otherLog,
    );
  }

  /** What a replica of another log has on its disk. */
  #otherDisk(): LogWrite {
    const promised = 1 + this.#below(40);
    const actions = Array.from({ length: this.#below(60) }, (_, index): Action => ({
      position: index + 1,
      promised,
      performed: promised,
      value: { type: 'append', bytes: Buffer.from(`other ${index + 1}`) },
      ...(this.#random.next() < 0.8 ? { learned: true } : {}),
    }));
    return { metadata: { status: 'VOTING', promised, log: otherLog, quorum: this.#quorum }, actions };
  }

  /** A replica has ended because its disk is of another log: it is given an empty one, as it says. */
  #foreign(name: string): void {
    const node = this.#byName.get(name);
    if (node === undefined) return;
    this.#tell(() => `${name} ends: it is a replica of another log`);
    this.#report.foreign++;
    if (node.disk.synced.metadata.log !== otherLog) {
      throw new LogViolation('only a replica of another log ends as one', name);
    }
    node.disk.wipe();
    this.#checker.wiped(name);
    this.#bootSoon(node);
  }

  #partition(): void {
    const side = new Set(this.#nodes.filter(() => this.#random.next() < 0.4));
    for (const one of this.#nodes) {
      for (const other of this.#nodes) if (side.has(one) !== side.has(other)) this.#cutFor(one.name, other.name, 400);
    }
  }

  #cutFor(from: string, to: string, maxMs = 600): void {
    const pair = `${from} ${to}`;
    if (from === to) return;
    this.#cut.add(pair);
    this.#soon(maxMs, () => this.#cut.delete(pair));
  }

  #send(from: string, to: string, message: LogMessage): void {
    if (!this.#isHealed && (this.#cut.has(`${from} ${to}`) || this.#random.next() < this.#loss)) {
      this.#report.lost++;
      return;
    }
    this.#deliver(from, to, message);
    if (this.#duplicates > 0 && this.#random.next() < this.#duplicates) this.#deliver(from, to, message);
  }

  #deliver(from: string, to: string, message: LogMessage): void {
    // Most arrive soon, some late: everything may overtake everything.
    const delay = this.#random.next() * this.#delayMs * (this.#random.next() < 0.05 ? 20 : 1);
    this.#queue.after(delay, () => {
      this.#tell(() => `${from} -> ${to} ${JSON.stringify(message)}`);
      this.#byName.get(to)?.receive(from, message);
    });
  }

  /**
   * Everything is put right but for some replicas that stay away, as many as the log must bear: it must go on. Then these come back, and all must
   * agree about all of it.
   */
  #heal(): void {
    this.#tell(() => 'all is put right');
    this.#isHealed = true;
    this.#cut.clear();
    for (const node of this.#nodes) {
      node.skew = 1;
      // Whoever was told another quorum is started again with the right one, and a disk of another log is taken away.
      const isForeign = node.disk.synced.metadata.log === otherLog;
      if (node.isMistaken || isForeign) node.crash(1);
      if (isForeign) {
        node.disk.wipe();
        this.#checker.wiped(node.name);
      }
    }
    const away = this.#dispensable();
    for (const node of away) this.#away.add(node);
    this.#report.away += away.length;
    for (const node of this.#nodes) {
      if (this.#away.has(node)) node.crash(1);
      else if (!node.isUp) node.boot();
    }
    const writer = this.#nodes.find((node) => !this.#away.has(node));
    if (writer === undefined) return;
    const before = Math.max(0, ...this.#checker.acknowledged.keys());
    const end = this.#appendAgain(writer);
    if (end === undefined || end <= before) {
      const without = away.length === 0 ? '' : ` without ${away.map(({ name }) => name).join(', ')}`;
      throw new LogViolation('a healed log makes progress', `no append within 30 s after all was put right${without}`);
    }
    this.#away.clear();
    for (const node of away) node.boot();
    let caughtUp = 0;
    for (const node of this.#nodes) {
      node.catchUp((outcome) => {
        if (typeof outcome === 'number' && outcome >= end) caughtUp++;
      });
    }
    if (!this.#progress(() => caughtUp === this.#nodes.length)) {
      throw new LogViolation('a healed log makes progress', `${caughtUp} replicas have caught up within 30 s`);
    }
    for (const [position, text] of this.#checker.acknowledged) {
      if (position >= this.#checker.truncatedTo && this.#checker.decided(position) !== text) {
        throw new LogViolation('no acknowledged append is lost', `${text} at ${position}`);
      }
    }
  }

  /** Replicas that may stay away: those that are left are a quorum that votes, and have no reason to wait for all. */
  #dispensable(): SimulatedNode[] {
    const quorum = this.#quorum;
    // A lesser quorum than before, a log that begins and one that has no id yet need all replicas.
    if (this.#nodes.some(({ disk }) => (disk.synced.metadata.quorum ?? quorum) > quorum)) return [];
    if (this.#random.next() < 0.3) return [];
    const voting = this.#whole().filter(({ disk }) => disk.synced.metadata.log !== undefined);
    let spare = voting.length - quorum;
    const away: SimulatedNode[] = [];
    for (const node of this.#nodes) {
      if (away.length >= this.#nodes.length - quorum || this.#random.next() < 0.3) continue;
      if (!voting.includes(node)) {
        if (spare >= 0) away.push(node);
      } else if (spare > 0) {
        spare--;
        away.push(node);
      }
    }
    return away;
  }

  /** Has a writer append until it can; the position, if it could. */
  #appendAgain(writer: SimulatedNode): number | undefined {
    let end: number | undefined;
    const tryIt = (): void => {
      writer.elect((elected) => {
        if (typeof elected !== 'number') {
          this.#soon(200, tryIt);
          return;
        }
        this.#append(writer, (outcome) => {
          if (typeof outcome === 'number') end = outcome;
          else this.#soon(200, tryIt);
        });
      });
    };
    tryIt();
    return this.#progress(() => end !== undefined) ? end : undefined;
  }

  #progress(isDone: () => boolean): boolean {
    const limit = this.#queue.now + 30_000;
    while (!isDone()) {
      if (!this.#queue.step(limit)) return false;
      this.#report.steps++;
    }
    return true;
  }

  #until(endMs: number): void {
    while (this.#queue.step(endMs)) this.#report.steps++;
  }

  #soon(maxMs: number, run: () => void): void {
    this.#queue.after(this.#random.next() * maxMs, run);
  }

  #any(): SimulatedNode {
    return this.#nodes[this.#below(this.#nodes.length)] as SimulatedNode;
  }

  #below(count: number): number {
    return Math.floor(this.#random.next() * count);
  }

  #tell(text: () => string): void {
    this.#trace?.(`${this.#queue.now.toFixed(1).padStart(8)} ${text()}`);
  }
}
