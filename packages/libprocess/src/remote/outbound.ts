import { deferred } from '../deferred.ts';
import { errorText } from '../errors.ts';
import { FrameMemory } from './frame-memory.ts';
import { FrameQueue, waitingFrame } from './frame-queue.ts';
import { cutFrame } from './frame-cut.ts';
import { decodeFrame, encodeFrame, isMessage } from './frame.ts';
import { printable } from '../text.ts';
import type { Deferred } from '../deferred.ts';
import type { Entry } from './frame.ts';
import type { WaitingFrame } from './frame-queue.ts';
import type { Limits } from '../limits.ts';
import type { ProcessRuntime } from '../actor/process.ts';
import type { Runnable } from '../actor/run-queue.ts';
import type { Connection } from '../transport/transport.ts';

/** What `Outbound` needs from its runtime. */
export interface OutboundHost {
  readonly runtime: ProcessRuntime;
  readonly limits: Limits;
  /** Has something run when it is its turn among the actors. */
  schedule(runnable: Runnable): void;
}

/** What `Outbound` needs from its peer. */
interface OutboundOwner {
  /** The peer, for logs. */
  address(): string;
  /** Too much waits, and none of it is to be dropped: the peer is to be given up. */
  overflowed(reason: string): void;
  /** An entry cannot be sent to anybody. */
  refused(entry: Entry, reason: string): void;
}

// Entries of one frame: enough to amortise its cost, few enough that the other end can begin to work early.
const frameEntries = 512;
// Bytes that a frame of many entries is aimed at: the buffer of a larger one costs more than a further frame, and whoever reads it reads
// all of it before anybody else has their turn.
const frameBytes = 64 * 1024;
// A frame that is so many times larger than aimed at is cut.
const cutFactor = 2;
// Bytes in the transport beyond which frames wait here, where they can still be dropped.
const transportBytes = 256 * 1024;
// Bytes that leave before actors and other peers have their turn: a system that takes all that it is given would else hold them up.
const stretchBytes = 256 * 1024;
// This part of what may wait at most.
const transportOfBound = 8;
// What waits is dropped by the frame. Frames that may have to wait hold at most this part of what may wait.
const framesOfBound = 16;

/**
 * What is on its way to one peer: entries that gather during a turn, and frames that wait, as long as there is no connection or the
 * peer reads more slowly than it is written to. How much waits is bounded; what gives way beyond is the policy of the runtime. It is
 * a policy for messages: what is said of links is never dropped. Nothing overtakes.
 */
export class Outbound implements Runnable {
  readonly #host: OutboundHost;
  readonly #owner: OutboundOwner;
  readonly #waiting = new FrameQueue();
  #gathered: Entry[] = [];
  #connection: Connection | undefined;
  #perFrame: number;
  #memory: FrameMemory | undefined;
  #drained: Deferred<void> | undefined;
  /** Bytes that have left since others had their turn. */
  #unshared = 0;
  /** Whether this waits for its turn among the actors. */
  #scheduled = false;
  #closed = false;

  constructor(host: OutboundHost, owner: OutboundOwner) {
    this.#host = host;
    this.#owner = owner;
    this.#perFrame = this.#perFrameMax;
  }

  /** Whether entries have gathered, to be flushed at the end of the turn. */
  get gathered(): boolean {
    return this.#gathered.length > 0;
  }

  /** Messages that wait here. */
  get messages(): number {
    return this.#waiting.messages;
  }

  /** Bytes that wait, here and in the transport. */
  get bytes(): number {
    return this.#waiting.bytes + this.#transportBytes;
  }

  /** Takes an entry on its way. It leaves when a frame is full, or at the next flush. */
  add(entry: Entry): void {
    this.#gathered.push(entry);
    if (this.#gathered.length >= this.#perFrame) this.flush();
  }

  flush(): void {
    if (this.#gathered.length === 0) return;
    const entries = this.#gathered;
    this.#gathered = [];
    this.#pass(entries);
  }

  /** Has frames leave by this connection from now on. */
  open(connection: Connection): void {
    this.#connection = connection;
    this.#perFrame = this.#perFrameMax;
    this.drain();
  }

  /** Has frames wait until there is another connection. */
  suspend(): void {
    this.#connection = undefined;
    this.#perFrame = this.#perFrameMax;
  }

  /** Sends what waits, as far as the transport has room: to be called when it has again. Much of it takes turns with the actors. */
  drain(): void {
    if (!this.#scheduled) this.#sendSome();
  }

  run(budget: number): number {
    this.#scheduled = false;
    this.#unshared = 0;
    this.#sendSome();
    return budget;
  }

  /** Resolves when nothing waits, in turn with the actors where much has left: when it has all left, or when the peer is given up. */
  drained(): Promise<void> {
    if (!this.#isCongested) {
      if (this.#unshared < stretchBytes) return Promise.resolve();
      // Whoever goes on sending whenever there is room would else keep everybody else of this thread waiting for as long as there is.
      this.#takeTurns();
    }
    return (this.#drained ??= deferred<void>()).promise;
  }

  /** Forgets everything, and answers how many messages have not left. */
  close(): number {
    const messages = this.#waiting.messages + this.#gathered.filter(isMessage).length;
    this.#gathered = [];
    this.#waiting.clear();
    this.#connection = undefined;
    this.#unshared = 0;
    this.#closed = true;
    this.#tellDrained();
    return messages;
  }

  /** Gives up everything that has not left, in order, to be sent by another way. */
  take(): Entry[] {
    const entries: Entry[] = [];
    for (let frame = this.#waiting.shift(); frame !== undefined; frame = this.#waiting.shift()) {
      entries.push(...decodeFrame(frame.bytes));
    }
    entries.push(...this.#gathered);
    this.close();
    return entries;
  }

  get #transportBytes(): number {
    return this.#connection?.bufferedBytes ?? 0;
  }

  get #hasRoom(): boolean {
    return this.#transportBytes < Math.min(transportBytes, this.#host.limits.outboundBytesMax / transportOfBound);
  }

  get #isCongested(): boolean {
    return !this.#waiting.isEmpty || !this.#hasRoom;
  }

  /** Bytes that a frame of many entries is aimed at. */
  get #aim(): number {
    return Math.min(frameBytes, this.#host.limits.outboundBytesMax / framesOfBound);
  }

  get #perFrameMax(): number {
    if (this.#connection !== undefined) return frameEntries;
    return Math.max(1, Math.min(frameEntries, Math.floor(this.#host.limits.outboundMessagesMax / framesOfBound)));
  }

  #pass(entries: readonly Entry[]): void {
    const bytes = this.#encode(entries);
    if (bytes === undefined) return;
    if (entries.length === 1 || bytes.length <= this.#aim * cutFactor) {
      this.#passFrame(entries, bytes);
      return;
    }
    for (const part of cutFrame(entries, bytes, this.#aim)) this.#passFrame(part.entries, part.bytes);
    this.#memory?.release(bytes);
  }

  #passFrame(entries: readonly Entry[], bytes: Uint8Array): void {
    const connection = this.#connection;
    if (connection !== undefined && !this.#isCongested && this.#fits(bytes.length, 0)) this.#send(connection, bytes);
    else this.#wait(entries, waitingFrame(entries, bytes));
  }

  #sendSome(): void {
    const connection = this.#connection;
    if (connection !== undefined) {
      let left = stretchBytes;
      while (left > 0 && !this.#waiting.isEmpty && this.#hasRoom) {
        const frame = this.#waiting.shift();
        if (frame === undefined) break;
        left -= frame.bytes.length;
        this.#send(connection, frame.bytes);
      }
      if (!this.#waiting.isEmpty && this.#hasRoom) this.#takeTurns();
    }
    if (!this.#isCongested) this.#tellDrained();
  }

  #takeTurns(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#host.schedule(this);
  }

  #send(connection: Connection, bytes: Uint8Array): void {
    this.#unshared += bytes.length;
    connection.send(bytes);
    this.#host.runtime.metrics.counter('libprocess/frames_sent').increment();
  }

  /** Answers undefined for entries that cannot be one frame, which it has passed on in parts. */
  #encode(entries: readonly Entry[]): Uint8Array | undefined {
    const { limits } = this.#host;
    let reason: string;
    try {
      const bytes = encodeFrame(entries, this.#keeper(entries));
      if (bytes.length <= limits.frameBytesMax) {
        const fitting = Math.floor((this.#aim * entries.length) / bytes.length);
        this.#perFrame = Math.max(1, Math.min(this.#perFrameMax, fitting));
        return bytes;
      }
      reason = `larger than a frame may be: ${bytes.length} bytes`;
    } catch (error) {
      reason = errorText(error);
    }
    if (entries.length === 1) {
      this.#refuse(entries[0], reason);
    } else {
      const middle = entries.length >>> 1;
      this.#pass(entries.slice(0, middle));
      this.#pass(entries.slice(middle));
    }
    return undefined;
  }

  /** Who keeps a frame that may be dropped. A small one is worth no memory of its own. */
  #keeper(entries: readonly Entry[]): FrameMemory['keep'] | undefined {
    if (this.#host.limits.outboundPolicy === 'close' || entries.length < this.#perFrame) return undefined;
    return this.#isCongested ? (this.#memory ??= new FrameMemory()).keep : undefined;
  }

  #refuse(entry: Entry | undefined, reason: string): void {
    const { runtime } = this.#host;
    runtime.logger.error(printable(`Message '${entry?.[2] ?? ''}' to ${this.#owner.address()} is not sent: ${reason}`));
    runtime.metrics.counter('libprocess/messages_dropped').increment();
    if (entry !== undefined) this.#owner.refused(entry, reason);
  }

  #wait(entries: readonly Entry[], frame: WaitingFrame): void {
    const { bytes, messages } = frame;
    const { outboundPolicy } = this.#host.limits;
    if (this.#closed) {
      this.#host.runtime.metrics.counter('libprocess/messages_dropped').increment(messages);
      return;
    }
    if (outboundPolicy === 'drop oldest') {
      while (!this.#fits(bytes.length, messages)) {
        const dropped = this.#waiting.dropOldest();
        if (dropped === undefined) break;
        this.#memory?.release(dropped.bytes);
        this.#countDropped(dropped.messages);
      }
    }
    if (this.#fits(bytes.length, messages)) this.#push(frame);
    else if (outboundPolicy === 'close') {
      this.#waiting.push(frame);
      this.#overflowed();
    } else this.#dropNewest(entries, frame);
  }

  /** Keeps as many of the entries as there is room for, and of the others those that are no messages. */
  #dropNewest(entries: readonly Entry[], { bytes, messages }: WaitingFrame): void {
    const { limits } = this.#host;
    const room = Math.floor(((limits.outboundBytesMax - this.bytes) * entries.length) / bytes.length);
    const places = this.#connection === undefined ? limits.outboundMessagesMax - this.#waiting.messages : messages;
    const kept = Math.max(0, Math.min(room, places, entries.length - 1));
    this.#memory?.release(bytes);
    if (kept > 0) this.#pass(entries.slice(0, kept));
    const rest = entries.slice(kept);
    const controls = rest.filter((entry) => !isMessage(entry));
    this.#countDropped(rest.length - controls.length);
    if (controls.length > 0) this.#push(waitingFrame(controls));
  }

  #push(frame: WaitingFrame): void {
    this.#waiting.push(frame);
    if (this.#waiting.controls > this.#host.limits.outboundMessagesMax) this.#overflowed();
  }

  #fits(bytes: number, messages: number): boolean {
    const { outboundBytesMax, outboundMessagesMax } = this.#host.limits;
    if (this.bytes + bytes > outboundBytesMax) return false;
    return this.#connection !== undefined || this.#waiting.messages + messages <= outboundMessagesMax;
  }

  #overflowed(): void {
    this.#host.runtime.metrics.counter('libprocess/outbound_overflows').increment();
    this.#owner.overflowed(
      this.#connection === undefined
        ? 'too many messages wait for the connection'
        : 'the peer does not read what it is sent',
    );
  }

  #countDropped(messages: number): void {
    const { metrics } = this.#host.runtime;
    metrics.counter('libprocess/outbound_dropped').increment(messages);
    metrics.counter('libprocess/messages_dropped').increment(messages);
  }

  #tellDrained(): void {
    this.#memory = undefined;
    this.#drained?.resolve();
    this.#drained = undefined;
  }
}
