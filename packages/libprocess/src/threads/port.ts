import { refusalName, unwritten } from '../actor/ask.ts';
import { Mailbox } from '../actor/mailbox.ts';
import { errorText } from '../errors.ts';
import { packMessages } from './message-frame.ts';
import type { Limits } from '../limits.ts';
import type { Envelope, Frame, FrameEntry, Op } from './protocol.ts';

/** What a port needs of whoever has it. */
export interface PortOwner {
  post(envelope: Envelope, moved: ArrayBuffer[]): void;
  /** Handles an operation; those after it wait for its promise. */
  handle(op: Op): void | Promise<void>;
  /** Handling an operation has failed: only a defect does that. */
  broken(error: unknown): void;
  /** A message cannot be written, and is dropped. */
  unsendable(name: string, to: string, reason: string): void;
  /** Somebody here has asked by such a message, and is to be refused. */
  refused(asker: string, address: string, refusal: unknown): void;
}

/** Options of `Port.send`. */
interface SendOptions {
  /** Buffers that are moved instead of copied. */
  readonly moved?: readonly ArrayBuffer[];
  /** Hears that the operation cannot be cloned, and was not sent. */
  readonly refused?: (error: unknown) => void;
}

interface Outgoing extends SendOptions {
  readonly op: Op;
  /** Messages, or 1. */
  readonly units: number;
  readonly bytes: number;
}

interface Unreceived {
  readonly units: number;
  readonly bytes: number;
}

// Messages of one frame: enough to amortise its cost, few enough that the other end can begin to work early.
const frameMessages = 512;
// Bytes of a frame that is copied faster than moved.
const copiedBytesMax = 16_384;

/**
 * One end of the way between a thread and its parent. What is sent in one turn crosses together and arrives in order. The other end says
 * what it has taken, so that what is under way is bounded, as a mailbox is.
 */
export class Port {
  readonly #owner: PortOwner;
  readonly #unitsMax: number;
  readonly #bytesMax: number;
  readonly #unreceived = new Mailbox<Unreceived>();
  readonly #arrived = new Mailbox<Op>();
  #entries: FrameEntry[] = [];
  #outgoing: Outgoing[] = [];
  #units = 0;
  #bytes = 0;
  #sent = 0;
  #acknowledged = 0;
  #rested = 0;
  #received = 0;
  #owes = false;
  #flushing = false;
  #handling = false;
  #closed = false;
  readonly #whenHandled: (() => void)[] = [];

  constructor(owner: PortOwner, limits: Pick<Limits, 'mailboxMax' | 'outboundBytesMax'>) {
    this.#owner = owner;
    this.#unitsMax = limits.mailboxMax;
    this.#bytesMax = limits.outboundBytesMax;
  }

  /** Messages and calls that the other thread has not taken yet. */
  get waiting(): number {
    return this.#units;
  }

  /** How many envelopes with something in them were sent. */
  get sent(): number {
    return this.#sent;
  }

  /** How many of them the other thread has taken. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Whether no more messages and calls may be sent for now. */
  get full(): boolean {
    return this.#units >= this.#unitsMax || this.#bytes >= this.#bytesMax;
  }

  /** Whether the other end has come to rest after all that was sent, and this end has handled all that has arrived. */
  get idle(): boolean {
    return this.#rested === this.#sent && this.#outgoing.length + this.#entries.length === 0 && !this.#handling;
  }

  /** Sends a message; false when there is no room for it. */
  message(entry: FrameEntry): boolean {
    if (this.full || this.#closed) return false;
    this.#units++;
    if (this.#entries.push(entry) >= frameMessages) this.flush();
    else this.#flushLater();
    return true;
  }

  /** Sends anything else, in order with the messages. */
  send(op: Exclude<Op, Frame>, options: SendOptions = {}): void {
    if (this.#closed) return;
    this.#cut();
    this.#units++;
    this.#outgoing.push({ ...options, op, units: 1, bytes: 0 });
    this.#flushLater();
  }

  /** Sends what has gathered. */
  flush(): void {
    this.#flushing = false;
    if (this.#closed) return;
    this.#cut();
    const outgoing = this.#outgoing;
    this.#outgoing = [];
    if (outgoing.length > 0) this.#post(outgoing);
    else if (this.#owes) this.#tell(-1);
  }

  receive({ received, rested, ops }: Envelope): void {
    for (; this.#acknowledged < received; this.#acknowledged++) {
      const { units = 0, bytes = 0 } = this.#unreceived.shift() ?? {};
      this.#units -= units;
      this.#bytes -= bytes;
    }
    if (rested >= 0) this.#rested = rested;
    if (ops.length === 0) return;
    this.#received++;
    this.#owes = true;
    for (const op of ops) this.#arrived.push(op);
    if (!this.#handling) this.#handle();
    this.#flushLater();
  }

  /** Tells the other end that all it has sent, and what came of it, is over. */
  tellRest(): void {
    this.flush();
    this.#tell(this.#received);
  }

  /** Runs work when everything that has arrived has been handled. */
  afterArrived(work: () => void): void {
    if (this.#handling) this.#whenHandled.push(work);
    else work();
  }

  /** Forgets what was not sent yet, and sends no more. */
  close(): void {
    this.#closed = true;
    this.#entries = [];
    this.#outgoing = [];
    this.#units = 0;
    this.#rested = this.#sent;
  }

  #handle(): void {
    this.#handling = true;
    for (let op = this.#arrived.shift(); op !== undefined; op = this.#arrived.shift()) {
      const handled = this.#handleOne(op);
      if (handled === undefined) continue;
      handled.then(
        () => {
          this.#handle();
        },
        (error: unknown) => {
          this.#owner.broken(error);
        },
      );
      return;
    }
    this.#handling = false;
    for (const work of this.#whenHandled.splice(0)) work();
  }

  #handleOne(op: Op): void | Promise<void> {
    try {
      return this.#owner.handle(op);
    } catch (error) {
      return this.#owner.broken(error);
    }
  }

  #flushLater(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    // A turn of actors is one microtask: this one comes after it.
    queueMicrotask(() => {
      if (this.#flushing) this.flush();
    });
  }

  #tell(rested: number): void {
    this.#owes = false;
    this.#owner.post({ received: this.#received, rested, ops: [] }, []);
  }

  #post(outgoing: readonly Outgoing[]): void {
    const moved = [...new Set(outgoing.flatMap((item) => item.moved ?? []))];
    try {
      this.#owner.post({ received: this.#received, rested: -1, ops: outgoing.map(({ op }) => op) }, moved);
    } catch (error) {
      this.#refuse(outgoing, error);
      return;
    }
    this.#owes = false;
    this.#sent++;
    const units = outgoing.reduce((sum, item) => sum + item.units, 0);
    const bytes = outgoing.reduce((sum, item) => sum + item.bytes, 0);
    this.#unreceived.push({ units, bytes });
  }

  /** Sends one by one what cannot be sent together, and drops what cannot be sent at all. */
  #refuse(outgoing: readonly Outgoing[], error: unknown): void {
    if (outgoing.length > 1) {
      for (const item of outgoing) this.#post([item]);
      return;
    }
    const [item] = outgoing;
    this.#units -= item?.units ?? 0;
    item?.refused?.(error);
  }

  /** Makes frames of the messages that have gathered, so that what comes after them stays behind them. */
  #cut(): void {
    if (this.#entries.length === 0) return;
    const entries = this.#entries;
    this.#entries = [];
    this.#frame(entries);
  }

  #frame(entries: readonly FrameEntry[]): void {
    let frame: Frame;
    try {
      frame = packMessages(entries);
    } catch (error) {
      const middle = entries.length >>> 1;
      if (middle > 0) {
        this.#frame(entries.slice(0, middle));
        this.#frame(entries.slice(middle));
      } else if (entries[0] !== undefined) {
        this.#units--;
        this.#unwritten(entries[0], errorText(error));
      }
      return;
    }
    this.#bytes += frame.length;
    const moved = frame.length > copiedBytesMax ? [frame.buffer as ArrayBuffer] : [];
    this.#outgoing.push({ op: frame, units: entries.length, bytes: frame.length, moved });
  }

  #unwritten([to, toAddress, from, fromAddress, name]: FrameEntry, reason: string): void {
    this.#owner.unsendable(name, to, reason);
    const instead = unwritten({ to, from, name }, reason);
    if (instead?.goes === 'back') this.#owner.refused(from, fromAddress, instead.body);
    if (instead?.goes !== 'on') return;
    this.#units++;
    this.#frame([[to, toAddress, from, fromAddress, refusalName, instead.body]]);
  }
}
