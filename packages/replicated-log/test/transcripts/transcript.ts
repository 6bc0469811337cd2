/**
 * Runs scenarios that say step by step what happens to replicas, and writes down what they do about it. Nothing happens by itself: a message
 * arrives when it is delivered, a disk is synced when it is told to, time passes for one replica when its timers are fired.
 *
 * A scenario is a text of blocks: one command or more, a line `----`, and what comes of them up to an empty line. `#` begins a comment.
 */
import type { Action, ActionValue, Interval, Metadata, ReplicaStatus } from '../../src/protocol/action.ts';
import { positionsOf } from '../../src/interval-set.ts';
import type { LogMessage } from '../../src/protocol/message.ts';
import { LogNode } from '../../src/protocol/node.ts';
import type { LogEvent } from '../../src/protocol/node.ts';
import { defaultBounds, defaultTiming } from '../../src/protocol/port.ts';
import type { LogWrite } from '../../src/storage/log-storage.ts';
import { SimulatedDisk, recoveredFrom } from '../../src/testing/simulation/simulated-disk.ts';
import type { DiskState } from '../../src/testing/simulation/simulated-disk.ts';

interface Flight {
  readonly from: string;
  readonly to: string;
  readonly message: LogMessage;
}

interface Machine {
  readonly name: string;
  readonly disk: SimulatedDisk;
  /** What its disk held at some time. */
  copy?: LogWrite;
  node: LogNode | undefined;
  timers: number[];
  /** Tickets that are not synced while its disk is slow. */
  tickets: number[];
  isSlow: boolean;
}

const writer = 1;

export class Transcript {
  readonly #machines = new Map<string, Machine>();
  #flights: Flight[] = [];
  #quorum = 0;
  #autoInitialize = false;
  readonly #cut = new Set<string>();
  readonly #requests = new Map<number, string>();
  #request = 0;
  #nonce = 0;
  #lines: string[] = [];

  /** Does what commands say, and answers with what came of it. */
  run(commands: readonly string[]): string[] {
    this.#lines = [];
    for (const command of commands) this.#command(command.trim());
    return this.#lines;
  }

  #command(command: string): void {
    const words = command.match(/"[^"]*"|\S+/g) ?? [];
    const [verb = '', ...rest] = words;
    const options = new Map(rest.filter((word) => word.includes('=')).map((word) => splitOnce(word)));
    const args = rest.filter((word) => !word.includes('='));
    const [first = ''] = args;
    switch (verb) {
      case 'replicas':
        this.#replicas(Number(first), options);
        return;
      case 'elect':
        this.#call(first, 'elect', (request) => ({ type: 'elect', writer, request }));
        return;
      case 'append':
        for (const word of args.slice(1)) {
          const bytes = Buffer.from(word.replaceAll('"', ''));
          this.#call(first, `append ${word}`, (request) => ({ type: 'append', writer, request, bytes }));
        }
        this.#step(this.#machine(first), { type: 'flush' });
        return;
      case 'truncate': {
        const to = Number(args[1]);
        this.#call(first, `truncate ${to}`, (request) => ({ type: 'truncate', writer, request, to }));
        this.#step(this.#machine(first), { type: 'flush' });
        return;
      }
      case 'catch-up':
        this.#call(first, 'catch up', (request) => ({ type: 'catch up', request }));
        return;
      case 'deliver':
        this.#deliver(options);
        return;
      case 'drop':
        this.#drop(options);
        return;
      case 'stabilize':
        while (this.#flights.length > 0) this.#deliver(new Map());
        return;
      case 'fire':
        this.#fire(first);
        return;
      case 'disk':
        this.#disk(this.#machine(first), args[1] ?? '');
        return;
      case 'crash':
        this.#crash(this.#machine(first));
        return;
      case 'boot':
        this.#boot(this.#machine(first), Number(options.get('quorum') ?? this.#quorum));
        return;
      case 'replace': {
        // Its disk, by one that a replica of another log has had.
        this.#crash(this.#machine(first));
        const metadata = {
          status: 'VOTING',
          promised: 9,
          log: options.get('log') ?? '',
          quorum: this.#quorum,
        } as const;
        const value = { type: 'append', bytes: Buffer.from('of another log') } as const;
        const action = { position: 1, promised: 9, performed: 9, value, learned: true };
        this.#machine(first).disk.hold({ metadata, actions: [action] });
        return;
      }
      case 'copy':
        this.#machine(first).copy = copyOf(this.#machine(first).disk.synced);
        return;
      case 'restore': {
        const machine = this.#machine(first);
        this.#crash(machine);
        if (machine.copy !== undefined) machine.disk.hold(machine.copy);
        return;
      }
      case 'initialise':
        this.#crash(this.#machine(first));
        this.#machine(first).disk.hold({ metadata: { status: 'VOTING', promised: 0 } });
        return;
      case 'ask-around':
        this.#step(this.#machine(first), { type: 'ask around' });
        return;
      case 'wipe':
        this.#crash(this.#machine(first));
        this.#machine(first).disk.wipe();
        return;
      case 'cut':
        for (const other of this.#machines.keys()) {
          this.#cut.add(`${first} ${other}`);
          this.#cut.add(`${other} ${first}`);
        }
        return;
      case 'heal':
        this.#cut.clear();
        return;
      case 'show':
        for (const machine of first === '' ? this.#machines.values() : [this.#machine(first)]) this.#show(machine);
        return;
      default:
        throw new Error(`There is no command ${command}`);
    }
  }

  #replicas(count: number, options: ReadonlyMap<string, string>): void {
    this.#quorum = Math.floor(count / 2) + 1;
    this.#autoInitialize = options.get('auto-initialize') === 'true';
    const status = (options.get('status') ?? 'VOTING') as ReplicaStatus;
    // A log has an id, unless it says otherwise.
    const log = options.get('log') ?? 'log';
    for (let index = 1; index <= count; index++) {
      const disk = new SimulatedDisk(() => undefined);
      if (status !== 'EMPTY') {
        const metadata = { status, promised: 0, quorum: this.#quorum };
        disk.write({ metadata: log === 'none' ? metadata : { ...metadata, log } });
      }
      disk.sync(1);
      const machine: Machine = { name: `r${index}`, disk, node: undefined, timers: [], tickets: [], isSlow: false };
      this.#machines.set(machine.name, machine);
    }
    for (const machine of this.#machines.values()) this.#boot(machine);
  }

  #boot(machine: Machine, quorum = this.#quorum): void {
    const { disk, name } = machine;
    const recovered = recoveredFrom(disk.synced);
    const members: ReadonlySet<string> = new Set(this.#machines.keys());
    this.#nonce += 1_000_000;
    machine.node = new LogNode({
      self: name,
      members: () => members,
      quorum,
      clusterSize: members.size,
      autoInitialize: this.#autoInitialize,
      recovered,
      unlearned: [...positionsOf(recovered.unlearned)].flatMap((position) => disk.synced.actions.get(position) ?? []),
      nonce: this.#nonce,
      freshId: `log-${name}`,
      timing: defaultTiming,
      bounds: defaultBounds,
    });
    machine.timers = [];
    machine.tickets = [];
    machine.isSlow = false;
    this.#step(machine, { type: 'start' });
  }

  #crash(machine: Machine): void {
    machine.node = undefined;
    machine.disk.fail(0);
    // What is on its way to it is lost with its connections.
    this.#flights = this.#flights.filter(({ to }) => to !== machine.name);
  }

  #call(name: string, text: string, make: (request: number) => LogEvent): void {
    const request = ++this.#request;
    this.#requests.set(request, text);
    this.#step(this.#machine(name), make(request));
  }

  #step(machine: Machine, event: LogEvent): void {
    const { node, name, disk } = machine;
    if (node === undefined) throw new Error(`${name} is down`);
    const effects = node.step(event);
    for (const { ticket, write } of effects.persists) {
      disk.write(write);
      machine.tickets.push(ticket);
    }
    for (const { to, message } of effects.sends) {
      if (!this.#cut.has(`${name} ${to}`)) this.#flights.push({ from: name, to, message });
    }
    for (const { request, answer } of effects.answers) this.#say(`${name}: ${this.#requests.get(request)}: ${answer}`);
    for (const _writer of effects.demoted) this.#say(`${name}: demoted`);
    for (const warning of effects.warnings) this.#say(`${name} warns: ${warning}`);
    for (const { text } of effects.unfit) {
      this.#say(`${name} ends: ${text}`);
      this.#crash(machine);
      return;
    }
    machine.timers.push(...effects.timers.map(({ timer }) => timer));
    if (effects.persists.length > 0 && !machine.isSlow) this.#sync(machine);
    for (const { read, positions } of effects.reads) {
      const actions = [...positionsOf([positions])].flatMap((position) => disk.synced.actions.get(position) ?? []);
      this.#step(machine, { type: 'read', read, actions });
    }
  }

  #sync(machine: Machine): void {
    const tickets = machine.tickets.splice(0);
    machine.disk.sync(tickets.length);
    const ticket = tickets.at(-1);
    if (ticket !== undefined) this.#step(machine, { type: 'persisted', ticket });
  }

  #disk(machine: Machine, how: string): void {
    machine.isSlow = how === 'hold';
    if (how === 'sync') this.#sync(machine);
  }

  #fire(name: string): void {
    const machine = this.#machine(name);
    for (const timer of machine.timers.splice(0)) this.#step(machine, { type: 'timer', timer });
  }

  /** Delivers what is on its way and fits, but nothing of what comes of it. */
  #deliver(options: ReadonlyMap<string, string>): void {
    const fitting = this.#take(options);
    for (const { from, to, message } of fitting) {
      const machine = this.#machine(to);
      if (machine.node === undefined) continue;
      this.#say(`${from} -> ${to} ${describe(message)}`);
      this.#step(machine, { type: 'message', from, message });
    }
  }

  #drop(options: ReadonlyMap<string, string>): void {
    for (const { from, to, message } of this.#take(options)) this.#say(`${from} -> ${to} ${describe(message)} is lost`);
  }

  #take(options: ReadonlyMap<string, string>): Flight[] {
    const fits = ({ from, to, message }: Flight): boolean =>
      (options.get('from') ?? from).split(',').includes(from) &&
      (options.get('to') ?? to).split(',').includes(to) &&
      (options.get('type') ?? message.type.slice(4)) === message.type.slice(4);
    const taken = this.#flights.filter(fits);
    this.#flights = this.#flights.filter((flight) => !fits(flight));
    return taken;
  }

  #show({ name, node, disk }: Machine): void {
    const { metadata, begin, actions } = disk.synced;
    const state = node === undefined ? 'down, its disk' : 'disk';
    const positions = [...actions.values()]
      .filter(({ position }) => position >= begin)
      .toSorted((one, other) => one.position - other.position);
    this.#say(
      `${name}: ${state} ${describeMetadata(metadata, this.#quorum)}${begin > 0 ? `, begins at ${begin}` : ''}`,
    );
    for (const action of positions) {
      const isLearned =
        node === undefined ? action.learned === true : node.missing(action.position, action.position).length === 0;
      this.#say(`  ${describeAction(action, isLearned)}`);
    }
  }

  #machine(name: string): Machine {
    const machine = this.#machines.get(name);
    if (machine === undefined) throw new Error(`There is no replica ${name}`);
    return machine;
  }

  #say(line: string): void {
    this.#lines.push(line);
  }
}

function copyOf({ metadata, actions }: DiskState): LogWrite {
  return { metadata, actions: [...actions.values()] };
}

function splitOnce(word: string): [string, string] {
  const index = word.indexOf('=');
  return [word.slice(0, index), word.slice(index + 1)];
}

function describeValue(value: ActionValue | undefined): string {
  if (value === undefined) return 'nothing';
  switch (value.type) {
    case 'append':
      return JSON.stringify(Buffer.from(value.bytes).toString());
    case 'truncate':
      return `truncate ${value.to}`;
    case 'nop':
      return value.tombstone === true ? 'tombstone' : 'nop';
    default:
      throw new TypeError(`No such value: ${String(value satisfies never)}`);
  }
}

function describeMetadata(metadata: Metadata, usualQuorum: number): string {
  const { status, promised, incarnation, fences, log, candidate, naming, quorum } = metadata;
  const life = incarnation === undefined ? '' : `, incarnation ${incarnation}`;
  const known = Object.entries(fences ?? {}).map(([member, raised]) => `, ${member} is in incarnation ${raised}`);
  const id = log === undefined || log === 'log' ? '' : `, of ${log}`;
  const proposed = candidate === undefined ? '' : `, proposes ${candidate}`;
  const accepted = naming === undefined ? '' : `, accepted under ${naming.proposal}: of ${naming.log}`;
  const counts = quorum === undefined || quorum === usualQuorum ? '' : `, quorum ${quorum}`;
  return `${status}, promised ${promised}${life}${known.join('')}${id}${proposed}${accepted}${counts}`;
}

function describeAction({ position, promised, performed, value }: Action, isLearned: boolean): string {
  const accepted = performed === undefined ? '' : ` accepted under ${performed}: ${describeValue(value)}`;
  return `${position} promised ${promised}${accepted}${isLearned ? ', learned' : ''}`;
}

function ranges(intervals: readonly Interval[]): string {
  return intervals.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(' ');
}

function describe(message: LogMessage): string {
  switch (message.type) {
    case 'log.promise':
      return `promise ${message.proposal}${message.positions === undefined ? '' : ` for ${ranges(message.positions)}`}?`;
    case 'log.promised': {
      if (message.verdict === 'ignore') return 'promised: ignored';
      if (message.verdict === 'reject') return `promised: no, ${message.proposal} is`;
      if (message.through === undefined) return `promised ${message.proposal}, end ${message.end}`;
      const actions = (message.actions ?? []).map(
        ({ position, performed, value }) => `, ${position} has ${describeValue(value)} of ${performed}`,
      );
      const learned = message.learned?.length === 0 ? '' : `, ${ranges(message.learned ?? [])} learned`;
      const begin = message.begin > 0 ? `, begins at ${message.begin}` : '';
      return `promised ${message.proposal} up to ${message.through}${learned}${actions.join('')}${begin}`;
    }
    case 'log.write':
      if (message.name !== undefined) return `name ${message.name} under ${message.proposal}`;
      return `write under ${message.proposal}: ${message.writes.map(({ position, value }) => `${position} ${describeValue(value)}`).join(', ')}`;
    case 'log.written': {
      if (message.verdict === 'ignore') return 'written: ignored';
      if (message.verdict === 'reject') return `written: no, ${message.proposal} is promised`;
      if (message.named === true) return 'named';
      const decided = message.decided === undefined ? '' : ` (${ranges(message.decided)} decided before)`;
      return `written ${ranges(message.positions)}${decided}`;
    }
    case 'log.learned':
      return `learned of ${message.proposal}: ${ranges([message])}`;
    case 'log.fetch':
      return `fetch ${ranges(message.positions)}?`;
    case 'log.fetched': {
      const actions = message.actions.map(({ position, value }) => `${position} ${describeValue(value)}`);
      const begin = message.begin > 0 ? `, begins at ${message.begin}` : '';
      return `fetched up to ${message.through}: ${actions.join(', ') || 'nothing'}${begin}`;
    }
    case 'log.recover':
      return message.incarnation === undefined ? 'recover?' : `recover in incarnation ${message.incarnation}?`;
    case 'log.recovered':
      return `recovered: ${message.status} ${message.begin} to ${message.end}, promised ${message.promised}`;
    default:
      throw new TypeError(`No such message: ${String(message satisfies never)}`);
  }
}
