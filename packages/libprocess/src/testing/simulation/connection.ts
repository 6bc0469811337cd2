import { parseHostPort } from '../../remote/address.ts';
import { segmentText } from './segment.ts';
import type { Connection, ConnectionHandlers, Evidence, OpenOptions } from '../../transport/transport.ts';
import type { End, Endpoint, Host, SimulatedNetwork } from './network.ts';
import type { Segment } from './segment.ts';
import type { Occurrence } from './timeline.ts';

/** What becomes of an attempt to connect. */
export interface Attempt {
  accepted(connection: Connection): void;
  failed(reason: string): void;
}

// As long as WebSocketConnection waits for the other end to agree that a connection ends.
const closeGraceMs = 1_000;
// How long an HTTP server waits for the request to make a WebSocket of a connection, as by the limit `httpHeadersTimeoutMs`.
const upgradeTimeoutMs = 60_000;
// Pings in a row that may stay without a sign of life, as for WebSocketConnection.
const silencesMax = 2;
// RFC 6298: what TCP waits before it sends again on a fast link, which it doubles each time up to the maximum.
const retryMs = 200;
const retryMsMax = 120_000;
// Linux's tcp_retries2 of 15 amounts to the first, its tcp_orphan_retries of 8 about to the second.
const giveUpMs = 924_600;
const orphanGiveUpMs = 100_000;

const resetReason = 'the connection was reset';
const endReason = 'the connection was closed (1006)';

interface Travelling {
  readonly segment: Segment;
  readonly bytes: number;
  readonly dueMs: number;
}

/** One direction of a connection: in order and without gaps, however often something must be sent again, until it breaks. */
class Pipe {
  readonly #network: SimulatedNetwork;
  readonly #from: SimulatedConnection;
  #queue: Travelling[] = [];
  #bytes = 0;
  #lastDueMs = 0;
  #retryMs = retryMs;
  #stuckSinceMs: number | undefined;
  #stage: 'open' | 'orphan' | 'last' | 'broken' = 'open';
  readonly #boots: number;

  constructor(network: SimulatedNetwork, from: SimulatedConnection) {
    this.#network = network;
    this.#from = from;
    this.#boots = from.host.boots;
  }

  /** Bytes of frames that have not arrived. */
  get bytes(): number {
    return this.#bytes;
  }

  send(segment: Segment): void {
    if (this.#stage === 'broken') return;
    const { timeline } = this.#network;
    const { host, to } = this.#from;
    const bytes = segment.kind === 'frame' ? segment.bytes.length : 0;
    const { bytesPerMs } = this.#network.between(host.name, to.name);
    const dueMs = Math.max(this.#lastDueMs, timeline.nowMs + this.#network.latency(host, to)) + bytes / bytesPerMs;
    this.#lastDueMs = dueMs;
    this.#bytes += bytes;
    this.#queue.push({ segment, bytes, dueMs });
    if (this.#stuckSinceMs === undefined) this.#count(segment, 1);
    if (this.#queue.length === 1) this.#arriveAt(dueMs);
  }

  /** The program has no more to do with it: the machine sends what there is, and again for a while. */
  orphan(): void {
    if (this.#stage === 'open') this.#stage = 'orphan';
  }

  /** Nothing is sent again: what is under way arrives at the first attempt or not at all. */
  forget(): void {
    if (this.#stage !== 'broken') this.#stage = 'last';
    if (this.#stuckSinceMs !== undefined) this.break();
  }

  /** Nothing arrives any more. */
  break(): void {
    this.#stage = 'broken';
    if (this.#stuckSinceMs === undefined) for (const { segment } of this.#queue) this.#count(segment, -1);
    this.#queue = [];
    this.#bytes = 0;
  }

  #arriveAt(atMs: number): void {
    this.#network.timeline.at(atMs, this.#from.to, () => {
      this.#arrive();
    });
  }

  #arrive(): void {
    const [next] = this.#queue;
    if (next === undefined) return;
    const { host, to, peer } = this.#from;
    const { segment } = next;
    const verdict = this.#network.passes(host, to) ? this.#network.judge(peer, segment) : 'lose';
    if (verdict === 'reset' || (segment.kind === 'frame' && this.#isReset())) {
      this.#from.note('reset', () => `instead of ${segmentText(segment)}`);
      this.break();
      this.#network.sendReset(this.#from, resetReason);
      this.#network.sendReset(peer, resetReason);
      return;
    }
    if (verdict === 'lose') {
      this.#again(segment);
      return;
    }
    if (this.#stuckSinceMs !== undefined) for (const { segment: waiting } of this.#queue) this.#count(waiting, 1);
    this.#stuckSinceMs = undefined;
    this.#retryMs = retryMs;
    this.#queue.shift();
    const { windowBytes } = this.#network;
    const hadNoRoom = this.#bytes > windowBytes;
    this.#bytes -= next.bytes;
    if (hadNoRoom && this.#bytes <= windowBytes) this.#from.drained();
    this.#count(segment, -1);
    if (this.#queue[0] !== undefined) this.#arriveAt(this.#queue[0].dueMs);
    if (segment.kind === 'frame') this.#deliver(segment);
    else peer.receive(segment);
  }

  #again(segment: Segment): void {
    const { timeline } = this.#network;
    const { host, to } = this.#from;
    if (this.#retryMs === retryMs) this.#from.note('lost', () => segmentText(segment));
    if (this.#stage === 'last' || !host.reachable || host.boots !== this.#boots) {
      this.break();
      return;
    }
    if (this.#stuckSinceMs === undefined && (this.#network.isCut(host.name, to.name) || !to.reachable)) {
      this.#stuckSinceMs = timeline.nowMs;
      for (const { segment: waiting } of this.#queue) this.#count(waiting, -1);
    }
    const stuckMs = timeline.nowMs - (this.#stuckSinceMs ?? timeline.nowMs);
    if (stuckMs > (this.#stage === 'orphan' ? orphanGiveUpMs : giveUpMs)) {
      this.break();
      this.#from.broken('the connection timed out');
      return;
    }
    this.#arriveAt(timeline.nowMs + this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, retryMsMax);
  }

  #isReset(): boolean {
    const { host, to } = this.#from;
    return this.#network.dice.chance(this.#network.between(host.name, to.name).reset);
  }

  #deliver(segment: Segment & { kind: 'frame' }): void {
    const { dice, timeline } = this.#network;
    const { host, to, peer } = this.#from;
    const { duplicate = 0, reorder = 0, corrupt = 0 } = this.#network.between(host.name, to.name).violations;
    let { bytes } = segment;
    if (dice.chance(corrupt)) {
      bytes = Buffer.from(bytes);
      dice.corrupt(bytes);
    }
    const late = (): void => {
      timeline.after(2 * this.#network.latency(host, to), to, () => {
        peer.receive({ kind: 'frame', bytes: Buffer.from(bytes) });
      });
    };
    if (dice.chance(duplicate)) late();
    if (dice.chance(reorder)) late();
    else peer.receive({ kind: 'frame', bytes });
  }

  #count(segment: Segment, change: number): void {
    // Signs of life come for ever: whoever waits for rest does not mean them.
    if (segment.kind !== 'ping' && segment.kind !== 'pong') this.#network.travel(this.#from.to, change);
  }
}

/** One end of a connection between two nodes. */
export class SimulatedConnection implements Connection, End {
  readonly number: number;
  readonly host: Host;
  readonly to: Host;
  readonly remote: string;
  readonly evidence: Evidence;
  readonly #network: SimulatedNetwork;
  readonly #owner: Endpoint;
  readonly #pipe: Pipe;
  readonly #attempt: Attempt | undefined;
  #peer: SimulatedConnection | undefined;
  #stage: 'pending' | 'open' | 'closing' | 'ended' | 'killed' = 'pending';
  #reason = '';
  /** Whether this end wants to hear no more. */
  #deaf = false;
  #handlers: ConnectionHandlers | undefined;
  #early: ((handlers: ConnectionHandlers) => void)[] = [];
  #nextFrameBytesMax = Infinity;
  #heard = true;
  #silences = 0;
  #questions = 0;
  readonly #probes = new Map<number, () => void>();
  #pings: Occurrence | undefined;
  #grace: Occurrence | undefined;

  constructor(network: SimulatedNetwork, owner: Endpoint, to: Host, number: number, attempt?: Attempt) {
    this.#network = network;
    this.#owner = owner;
    this.host = owner.host;
    this.to = to;
    this.remote = to.address;
    this.evidence = { ip: parseHostPort(to.address)?.host };
    this.number = number;
    this.#attempt = attempt;
    this.#pipe = new Pipe(network, this);
    owner.added(this);
  }

  /** Makes both ends of a connection; the attempt hears when it is open. */
  static begin(network: SimulatedNetwork, from: Endpoint, to: Endpoint, attempt: Attempt): SimulatedConnection {
    const number = network.nextConnection();
    const near = new SimulatedConnection(network, from, to.host, number, attempt);
    const far = new SimulatedConnection(network, to, from.host, number);
    near.#peer = far;
    far.#peer = near;
    far.#grace = network.timeline.after(upgradeTimeoutMs, to.host, () => {
      far.abandon();
    });
    near.#pipe.send({ kind: 'upgrade' });
    return near;
  }

  /** The other end. */
  get peer(): SimulatedConnection {
    return this.#peer ?? this;
  }

  get bufferedBytes(): number {
    return Math.max(0, this.#pipe.bytes - this.#network.windowBytes);
  }

  open(handlers: ConnectionHandlers, { firstFrameBytesMax = Infinity }: OpenOptions = {}): void {
    this.#nextFrameBytesMax = firstFrameBytesMax;
    this.#network.timeline.after(0, this.host, () => {
      if (this.#stage === 'killed') return;
      this.#handlers = handlers;
      const early = this.#early;
      this.#early = [];
      for (const tell of early) tell(handlers);
    });
  }

  send(frame: Uint8Array): void {
    // As on a socket, the receiver gets bytes of its own, in a Buffer.
    if (this.#stage === 'open') this.#pipe.send({ kind: 'frame', bytes: Buffer.from(frame) });
  }

  probe(alive: () => void): void {
    if (this.#stage !== 'open') return;
    const question = ++this.#questions;
    this.#probes.set(question, alive);
    this.#pipe.send({ kind: 'ping', question });
  }

  close(reason: string): void {
    if (this.#stage === 'pending') this.abandon();
    if (this.#stage !== 'open') return;
    this.#stage = 'closing';
    this.#deaf = true;
    this.#reason = reason;
    this.#pipe.send({ kind: 'close', reason });
    this.#grace = this.#network.timeline.after(closeGraceMs, this.host, () => {
      this.#finish(reason);
    });
  }

  /** Ends an attempt to connect that nobody waits for any more. */
  abandon(): void {
    if (this.#stage !== 'pending') return;
    this.#pipe.send({ kind: 'end' });
    this.#finish('it was given up');
  }

  broken(reason: string): void {
    if (this.#stage === 'ended' || this.#stage === 'killed') return;
    this.#pipe.forget();
    this.#lost(reason);
  }

  /** The program at this end is gone. Its machine, if it is still there, tells the other end so. */
  kill(): void {
    if (this.#stage === 'ended') return;
    if (!this.host.reachable) this.#pipe.forget();
    // A machine resets the connections of a program that had not read all, and ends the others.
    else if (this.#network.dice.chance(0.5)) {
      this.#pipe.forget();
      this.#network.sendReset(this.peer, resetReason);
    } else this.#pipe.send({ kind: 'end' });
    this.#end('killed');
  }

  receive(segment: Segment): void {
    if (this.#stage === 'killed' || this.#stage === 'ended') {
      // The machine knows of no such connection (any more) and says so; to the end of one there is nothing to say.
      if (segment.kind !== 'close' && segment.kind !== 'closed' && segment.kind !== 'end')
        this.#network.sendReset(this.peer, resetReason);
      return;
    }
    this.#heard = true;
    if (segment.kind !== 'ping' && segment.kind !== 'pong') {
      this.peer.note('arrives', () => segmentText(segment));
    }
    switch (segment.kind) {
      case 'upgrade':
        this.#pipe.send({ kind: 'accepted' });
        this.#begin();
        this.#owner.accept(this);
        break;
      case 'accepted':
        this.#begin();
        this.#attempt?.accepted(this);
        break;
      case 'frame':
        this.#tell((handlers) => {
          if (this.#accepts(segment.bytes)) handlers.frame(segment.bytes);
        });
        break;
      case 'ping':
        this.#pipe.send({ ...segment, kind: 'pong' });
        break;
      case 'pong':
        this.#answered(segment.question);
        break;
      case 'close':
        if (this.#stage === 'open') this.#pipe.send({ kind: 'closed' });
        this.#finish(this.#stage === 'closing' ? this.#reason : segment.reason);
        break;
      case 'closed':
        this.#finish(this.#reason);
        break;
      case 'end':
        this.#pipe.send({ kind: 'end' });
        this.#lost(endReason);
        break;
    }
  }

  /** What was sent has left the program; the news of it takes its time. */
  drained(): void {
    this.#network.timeline.after(this.#network.latency(this.to, this.host), this.host, () => {
      if (this.#stage === 'open' && this.bufferedBytes === 0) this.#handlers?.drain?.();
    });
  }

  /** Writes about what went from this end to the other into the trace. */
  note(what: string, text: string | (() => string)): void {
    this.#network.trace.record(`${this.host.name}>${this.to.name}#${this.number}`, what, text);
  }

  #answered(question: number | undefined): void {
    if (question === undefined || this.#stage !== 'open') return;
    const alive = this.#probes.get(question);
    this.#probes.delete(question);
    alive?.();
  }

  #begin(): void {
    this.#stage = 'open';
    const { dice, pingIntervalMs, timeline } = this.#network;
    if (this.#grace !== undefined) timeline.cancel(this.#grace);
    this.#pingAfter(dice.between(0, pingIntervalMs));
  }

  #pingAfter(delayMs: number): void {
    this.#pings = this.#network.timeline.after(delayMs, this.host, () => {
      if (this.#heard) this.#silences = 0;
      this.#heard = false;
      if (this.#silences >= silencesMax) {
        this.#pipe.send({ kind: 'end' });
        this.#lost('the other end has fallen silent');
        return;
      }
      this.#silences++;
      this.#pipe.send({ kind: 'ping' });
      this.#pingAfter(this.#network.pingIntervalMs);
    });
  }

  #accepts(frame: Uint8Array): boolean {
    if (this.#deaf) return false;
    const accepted = frame.length <= this.#nextFrameBytesMax;
    this.#nextFrameBytesMax = Infinity;
    if (accepted) return true;
    this.#deaf = true;
    this.close('the first frame is too long');
    return false;
  }

  #tell(action: (handlers: ConnectionHandlers) => void): void {
    if (this.#handlers === undefined) this.#early.push(action);
    else action(this.#handlers);
  }

  /** Ends without the consent of the other end. */
  #lost(reason: string): void {
    const attempt = this.#stage === 'pending' ? this.#attempt : undefined;
    this.#finish(this.#stage === 'closing' ? this.#reason : reason);
    attempt?.failed(reason);
  }

  #finish(reason: string): void {
    this.note('ended', reason);
    this.#end('ended');
    this.#tell((handlers) => {
      handlers.close(reason);
    });
  }

  #end(stage: 'ended' | 'killed'): void {
    this.#stage = stage;
    const { timeline } = this.#network;
    if (this.#pings !== undefined) timeline.cancel(this.#pings);
    if (this.#grace !== undefined) timeline.cancel(this.#grace);
    this.#pipe.orphan();
    this.#owner.removed(this);
  }
}
