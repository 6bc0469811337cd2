import { Process } from '../../src/index.ts';
import type { PID } from '../../src/index.ts';

/** A numbered message. A probe that is started anew under the same name has another life, and counts from 1 again. */
interface Numbered {
  readonly life: number;
  readonly number: number;
  /** Whether nothing follows it. */
  readonly last: boolean;
}

/** Options of `Probe`. */
interface ProbeOptions {
  readonly id: string;
  readonly life: number;
  /** Whom it talks to. */
  readonly others: readonly PID[];
  /** How long it waits between two things that it does, in milliseconds at most. */
  readonly pauseMsMax: number;
  /** Whether it sometimes asks for new connections, over which links go on; then messages may be missing without `exited`. @default false */
  readonly reconnects?: boolean;
}

/** What a probe knows of one of the others. */
interface Acquaintance {
  readonly pid: PID;
  sent: number;
  seen: Numbered | undefined;
  linked: boolean;
  /** What it was sent together with the link. Once it is back, the link is in force: no message is missing from then on without `exited`. */
  mark: number;
  inForce: boolean;
  /** The last message since then. */
  strict: Numbered | undefined;
}

/**
 * Sends numbered messages to others, links and unlinks them as its runtime's randomness tells it, and fails as soon as it is told or sent
 * what a runtime promises not to tell or send.
 */
export class Probe extends Process {
  /** How many numbered messages it has been sent. */
  received = 0;
  /** How often it has heard of somebody's end. */
  exits = 0;
  readonly #options: ProbeOptions;
  readonly #others: ReadonlyMap<string, Acquaintance>;
  #marks = 0;
  #acting = true;

  constructor(options: ProbeOptions) {
    super(options.id);
    this.#options = options;
    this.#others = new Map(
      options.others.map((pid) => [
        pid.toString(),
        { pid, sent: 0, seen: undefined, linked: false, mark: 0, inForce: false, strict: undefined },
      ]),
    );
  }

  /** How many numbered messages it has sent. */
  get sent(): number {
    return [...this.#others.values()].reduce((sum, { sent }) => sum + sent, 0);
  }

  isLinkedTo(pid: PID): boolean {
    return this.#of(pid).linked;
  }

  /** The life of another one that it has heard of last. */
  lifeOf(pid: PID): number | undefined {
    return this.#of(pid).seen?.life;
  }

  /** Whether it has had the very last message of another one. */
  hasLastOf(pid: PID): boolean {
    return this.#of(pid).seen?.last === true;
  }

  /** Does nothing by itself any more. */
  rest(): void {
    this.#acting = false;
  }

  linkAll(): void {
    for (const other of this.#others.values()) this.#linkTo(other);
  }

  sayAll(last = false): void {
    for (const other of this.#others.values()) this.#say(other, last);
  }

  /** Sends a last message to everybody, and ends. */
  finish(): void {
    this.sayAll(true);
    this.terminate();
  }

  protected override initialize(): void {
    this.install('number', (from, body) => {
      this.#hear(this.#of(from), body as Numbered);
    });
    this.install('mark', (from, mark) => {
      this.send(from, 'marked', mark);
    });
    this.install('marked', (from, mark) => {
      const other = this.#of(from);
      if (other.linked && other.mark === mark && this.#options.reconnects !== true) other.inForce = true;
    });
    this.#later();
  }

  protected override exited(pid: PID): void {
    this.exits++;
    const other = this.#of(pid);
    if (!other.linked) throw new Error(`exited ${pid.toString()} without a link to it`);
    this.#forget(other);
  }

  #of(pid: PID): Acquaintance {
    const other = this.#others.get(pid.toString());
    if (other === undefined) throw new Error(`${pid.toString()} is a stranger`);
    return other;
  }

  #later(): void {
    this.delay(this.runtime.random.next() * this.#options.pauseMsMax, () => {
      if (!this.#acting) return;
      this.#act();
      this.#later();
    });
  }

  #act(): void {
    const { random } = this.runtime;
    const other = [...this.#others.values()][Math.floor(random.next() * this.#others.size)];
    if (other === undefined) return;
    switch (Math.floor(random.next() * 8)) {
      case 0:
        this.unlink(other.pid);
        this.#forget(other);
        break;
      case 1:
        this.unlink(other.pid);
        this.#forget(other);
        this.#linkTo(other);
        break;
      case 2:
        this.#linkTo(other);
        break;
      case 3:
        if (this.#options.reconnects === true) this.link(other.pid, { connection: 'reconnect' });
        this.#linkTo(other);
        break;
      case 4:
        for (let count = 0; count < 20; count++) this.#say(other);
        break;
      default:
        this.#say(other);
    }
  }

  #linkTo(other: Acquaintance): void {
    this.link(other.pid);
    if (other.linked) return;
    other.linked = true;
    other.mark = ++this.#marks;
    this.send(other.pid, 'mark', other.mark);
  }

  #forget(other: Acquaintance): void {
    other.linked = false;
    other.inForce = false;
    other.strict = undefined;
  }

  #say(other: Acquaintance, last = false): void {
    const body: Numbered = { life: this.#options.life, number: ++other.sent, last };
    this.send(other.pid, 'number', body);
  }

  #hear(other: Acquaintance, message: Numbered): void {
    const { life, number } = message;
    const { seen, strict } = other;
    const from = other.pid.toString();
    this.received++;
    if (seen?.life === life && number <= seen.number) {
      throw new Error(`${number} from ${from} after ${seen.number}: twice or out of order`);
    }
    if (seen !== undefined && life < seen.life) throw new Error(`life ${life} of ${from} after ${seen.life}`);
    other.seen = message;
    if (!other.inForce) return;
    if (strict !== undefined && (strict.life !== life || strict.number + 1 !== number)) {
      throw new Error(
        `${number} of life ${life} from ${from} follows ${strict.number} of ${strict.life} without exited`,
      );
    }
    other.strict = message;
  }
}
