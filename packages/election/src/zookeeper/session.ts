import { clockMargin } from '../clock-margin.ts';
import { connect } from 'node:net';
import { errorText } from '@mesos-ts/libprocess';
import type { Socket } from 'node:net';
import type { Timer } from '@mesos-ts/libprocess';
import { hostPort } from '../master-info.ts';
import { ZooKeeperError } from './errors.ts';
import { JuteFrames, JuteReader, JuteWriter } from './jute.ts';
import type { HostPort } from '../address.ts';
import type { Surroundings } from '../interfaces.ts';

// ZooKeeper refuses nodes of more than 1 MiB itself (jute.maxbuffer); a list of names may be longer.
const frameBytesMax = 4 * 1024 * 1024;
const requestsMax = 1000;

const op = {
  create: 1,
  remove: 2,
  exists: 3,
  read: 4,
  write: 5,
  children: 8,
  sync: 9,
  ping: 11,
  authenticate: 100,
  close: -11,
} as const;

const notificationXid = -1;
const pingXid = -2;
const authenticationXid = -4;

/** Who may do what with a node: `perms` is a sum of read 1, write 2, create 4, delete 8, admin 16. */
export interface ZooKeeperAcl {
  readonly perms: number;
  readonly scheme: string;
  readonly id: string;
}

/** What ZooKeeper tells of a node. */
export interface ZooKeeperStat {
  readonly version: number;
  /** The session that the node ends with; 0n for a node that stays. */
  readonly ephemeralOwner: bigint;
  /** How long the content is. */
  readonly bytes: number;
}

/** Options of `ZooKeeperSession`. */
export interface ZooKeeperSessionOptions {
  readonly servers: readonly HostPort[];
  /** What is asked for; ZooKeeper may settle on another one, by its `tickTime`. */
  readonly timeoutMs: number;
  /** `user:password` of the digest scheme. */
  readonly credentials: string | undefined;
}

/** Who hears of a session. Nothing is called after `ended`. */
export interface ZooKeeperSessionListener {
  /** There is a connection, for the first time or again. Watches are gone: what is watched is to be asked for again. */
  connected(): void;
  /** There is none. What was under way has been rejected. */
  disconnected(): void;
  /** Something that is watched has changed. The watch is gone with it. */
  watched(path: string): void;
  /** It is over: expired, refused, or given up here because it may have expired there. */
  ended(error: ZooKeeperError): void;
}

/** A connection that has been made. */
interface Dialled {
  readonly socket: Socket;
  readonly greetedMs: number;
  readonly name: string;
}

interface Pending {
  readonly xid: number;
  readonly type: number;
  readonly sentMs: number;
  readonly what: string;
  readonly resolve: (answer: JuteReader) => void;
  readonly reject: (error: ZooKeeperError) => void;
}

/**
 * A session with ZooKeeper, from its beginning to its end, over one connection after the other.
 *
 * It knows until when it surely lives: ZooKeeper counts from when it heard something, which is after it was sent. When that time is over it
 * ends here, whatever ZooKeeper would say. A server that does not answer is left for another.
 *
 * Servers answer pings by themselves, also one that is cut off from the others and has not noticed yet, while its clients' sessions expire
 * with the others. So a session by which somebody may lead is to be confirmed by the leader of the ensemble (`confirm`), and counts on that only.
 */
export class ZooKeeperSession {
  readonly #options: ZooKeeperSessionOptions;
  readonly #surroundings: Surroundings;
  readonly #listener: ZooKeeperSessionListener;
  readonly #servers: HostPort[];
  #nextServer = 0;
  #timeoutMs: number;
  #id = 0n;
  #password: Uint8Array = new Uint8Array(16);
  #lastZxid = 0n;
  #xid = 0;
  /** When the latest of what ZooKeeper surely has heard had been sent. */
  #heardMs: number;
  /** When what this server has heard had been sent, oldest first. */
  #touches: number[] = [];
  #isConfirmed = false;
  #state: 'connecting' | 'connected' | 'ended' = 'connecting';
  #socket: Socket | undefined;
  #pending: Pending[] = [];
  #expiry: Timer | undefined;
  /** The next attempt, the end of this one, or the next ping. */
  #step: Timer | undefined;
  #problem = 'no server has answered';
  /** Whether it has been said that no server can be reached. */
  #isTold = false;
  #isClosing = false;

  constructor(options: ZooKeeperSessionOptions, surroundings: Surroundings, listener: ZooKeeperSessionListener) {
    this.#options = options;
    this.#surroundings = surroundings;
    this.#listener = listener;
    this.#timeoutMs = options.timeoutMs;
    this.#servers = shuffled(options.servers, surroundings);
    this.#heardMs = surroundings.clock.monotonic();
    this.#expireLater();
    this.#dial();
  }

  /** As ZooKeeper knows it; 0n before the first connection. */
  get id(): bigint {
    return this.#id;
  }

  /** The latest change that it has seen: after `confirm` was answered for the first time, no earlier one than was made before. */
  get lastZxid(): bigint {
    return this.#lastZxid;
  }

  /** What ZooKeeper has settled on, in milliseconds. */
  get timeoutMs(): number {
    return this.#timeoutMs;
  }

  /** How long it lasts here without a word of ZooKeeper; one that has not begun there needs no margin. */
  get #heldMs(): number {
    return this.#id === 0n ? this.#timeoutMs : this.#timeoutMs / clockMargin;
  }

  get isConnected(): boolean {
    return this.#state === 'connected';
  }

  /** Whether ZooKeeper surely has not ended it, by the clock. */
  isHeld(): boolean {
    return this.#id !== 0n && this.#state !== 'ended' && this.#nowMs() < this.#heardMs + this.#heldMs;
  }

  /**
   * Makes a node; answers its path, which differs for a sequential one. All these reject with a `ZooKeeperError`, also with `CONNECTION_LOSS`
   * when there is no connection.
   */
  async create(
    path: string,
    content: Uint8Array,
    acl: readonly ZooKeeperAcl[],
    { ephemeral = false, sequential = false } = {},
  ): Promise<string> {
    const answer = await this.#ask(op.create, `creating '${path}'`, (writer) => {
      writer.text(path).bytes(content).int(acl.length);
      for (const { id, perms, scheme } of acl) writer.int(perms).text(scheme).text(id);
      writer.int((ephemeral ? 1 : 0) + (sequential ? 2 : 0));
    });
    return answer.text();
  }

  /** @param version Only while the node has this version. @default any */
  async remove(path: string, version = -1): Promise<void> {
    await this.#ask(op.remove, `removing '${path}'`, (writer) => writer.text(path).int(version));
  }

  async read(path: string): Promise<{ readonly content: Buffer; readonly stat: ZooKeeperStat }> {
    const answer = await this.#ask(op.read, `reading '${path}'`, (writer) => writer.text(path).bool(false));
    return { content: answer.bytes(), stat: readStat(answer) };
  }

  /** @param version Only while the node has this version; -1 for any. */
  async write(path: string, content: Uint8Array, version: number): Promise<ZooKeeperStat> {
    const answer = await this.#ask(op.write, `writing '${path}'`, (writer) =>
      writer.text(path).bytes(content).int(version),
    );
    return readStat(answer);
  }

  /** How a node is, without its content. */
  async stat(path: string): Promise<ZooKeeperStat> {
    return readStat(await this.#ask(op.exists, `looking at '${path}'`, (writer) => writer.text(path).bool(false)));
  }

  /** The names of the nodes below a node. @param watch Whether the listener is to hear of the next change of these names. */
  async children(path: string, { watch = false } = {}): Promise<string[]> {
    const answer = await this.#ask(op.children, `listing '${path}'`, (writer) => writer.text(path).bool(watch));
    return answer.texts();
  }

  /**
   * Resolves when the leader of the ensemble has confirmed the session: from then on it counts on nothing else, and asks for that again and
   * again. It costs the leader some work, so it is for those that have something to hold.
   */
  async confirm(): Promise<void> {
    if (this.#isConfirmed) return;
    await this.#sync();
    if (this.#isConfirmed) return;
    this.#isConfirmed = true;
    this.#pingLater();
  }

  /** Ends the session, and tells ZooKeeper if it can be reached; its ephemeral nodes go with it. Nobody is told. Idempotent. */
  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.#state === 'connected') {
      // The server closes the connection when it has done so.
      await this.#ask(op.close, 'closing the session', () => undefined).catch(() => undefined);
    }
    this.#stop();
  }

  #nowMs(): number {
    return this.#surroundings.clock.monotonic();
  }

  #dial(): void {
    const server = this.#servers[this.#nextServer++ % this.#servers.length];
    if (server === undefined) return;
    const name = hostPort(server.host, server.port);
    const socket = connect({ host: server.host, port: server.port, noDelay: true });
    const frames = new JuteFrames(frameBytesMax);
    let isOpen = false;
    let greetedMs = 0;
    this.#socket = socket;
    // Time for each server before the session is over.
    const limitMs = Math.max(1, Math.floor(this.#heldMs / (this.#servers.length + 1)));
    this.#schedule(limitMs, () => {
      this.#problem = `${name} does not answer`;
      socket.destroy();
    });
    socket.on('connect', () => {
      greetedMs = this.#nowMs();
      socket.write(this.#greeting());
    });
    const opened = (reader: JuteReader): void => {
      isOpen = true;
      this.#opened({ socket, greetedMs, name }, reader);
    };
    socket.on('data', (bytes) => {
      if (this.#socket !== socket) return;
      try {
        const complete = frames.push(bytes);
        if (complete === undefined) throw new Error('it does not speak as ZooKeeper does');
        for (const frame of complete) {
          if (this.#socket !== socket) return;
          if (isOpen) this.#received(new JuteReader(frame));
          else opened(new JuteReader(frame));
        }
      } catch (error) {
        this.#problem = `${name}: ${errorText(error)}`;
        this.#surroundings.logger.warn(`ZooKeeper at ${this.#problem}`);
        socket.destroy();
      }
    });
    socket.on('error', (error) => {
      this.#problem = `${name}: ${error.message}`;
    });
    socket.on('close', () => {
      this.#closed(socket);
    });
  }

  #greeting(): Buffer {
    return new JuteWriter()
      .int(0)
      .long(this.#lastZxid)
      .int(this.#options.timeoutMs)
      .long(this.#id)
      .bytes(this.#password)
      .bool(false)
      .finish();
  }

  #opened({ greetedMs, name, socket }: Dialled, reader: JuteReader): void {
    const timeoutMs = reader.skip(4).int();
    const id = reader.long();
    if (timeoutMs <= 0) {
      this.#end(new ZooKeeperError('SESSION_EXPIRED', 'ZooKeeper: the session has expired'));
      return;
    }
    this.#timeoutMs = timeoutMs;
    this.#id = id;
    this.#password = reader.bytes();
    // The leader of the ensemble takes part in it.
    this.#heardMs = Math.max(this.#heardMs, greetedMs);
    this.#touches = [greetedMs];
    this.#expireLater();
    this.#surroundings.logger.debug(`Connected to ZooKeeper at ${name}, session 0x${id.toString(16)}`);
    const ready = (): void => {
      if (this.#socket !== socket) return;
      this.#state = 'connected';
      this.#isTold = false;
      this.#pingLater();
      this.#listener.connected();
    };
    const { credentials } = this.#options;
    if (credentials === undefined) {
      ready();
      return;
    }
    const writer = new JuteWriter().int(authenticationXid).int(op.authenticate);
    writer.int(0).text('digest').text(credentials);
    this.#enqueue(authenticationXid, op.authenticate, 'authenticating', writer).then(ready, (error: unknown) => {
      // ZooKeeper answers so and closes the connection: another attempt would end in the same way.
      if (error instanceof ZooKeeperError && error.code === 'AUTH_FAILED') this.#end(error);
    });
  }

  #received(reader: JuteReader): void {
    const xid = reader.int();
    const zxid = reader.long();
    const code = reader.int();
    if (zxid > 0n) this.#lastZxid = zxid;
    if (xid === notificationXid) {
      const path = reader.skip(8).text();
      this.#listener.watched(path);
      return;
    }
    const pending = this.#pending.shift();
    if (pending?.xid !== xid) throw new Error('it answers what was not asked');
    this.#heard(pending, code === 0);
    if (code === 0) pending.resolve(reader);
    else pending.reject(ZooKeeperError.of(code, pending.what));
  }

  #heard({ sentMs, type }: Pending, isDone: boolean): void {
    const latest = this.#touches.at(-1) ?? sentMs;
    if (sentMs - latest >= this.#timeoutMs / 16) this.#touches.push(sentMs);
    if (type === op.sync && isDone) this.#confirmed(sentMs);
    else if (!this.#isConfirmed) this.#heardMs = Math.max(this.#heardMs, sentMs);
    while ((this.#touches[0] ?? sentMs) < sentMs - this.#timeoutMs) this.#touches.shift();
    this.#expireLater();
  }

  /**
   * The leader has answered what was sent then, so the server was not cut off. Twice in a tick servers tell the leader which sessions they have
   * heard of, and a session lasts two ticks or more: what is older than a quarter of that the leader knew before it answered.
   */
  #confirmed(sentMs: number): void {
    const known = this.#touches.findLast((each) => each <= sentMs - this.#timeoutMs / 4) ?? this.#touches[0] ?? sentMs;
    this.#heardMs = this.#isConfirmed ? Math.max(this.#heardMs, known) : known;
  }

  async #sync(): Promise<void> {
    await this.#ask(op.sync, 'asking the leader of the ensemble', (writer) => writer.text('/'));
  }

  #ask(type: number, what: string, write: (writer: JuteWriter) => void): Promise<JuteReader> {
    if (this.#state !== 'connected') {
      return Promise.reject(new ZooKeeperError('CONNECTION_LOSS', `ZooKeeper: ${what}: there is no connection`));
    }
    if (this.#pending.length >= requestsMax) {
      return Promise.reject(new ZooKeeperError('OTHER', `ZooKeeper: ${what}: ${requestsMax} requests are under way`));
    }
    this.#xid = (this.#xid % 0x7f_ff_ff_ff) + 1;
    const writer = new JuteWriter().int(this.#xid).int(type);
    write(writer);
    return this.#enqueue(this.#xid, type, what, writer);
  }

  #enqueue(xid: number, type: number, what: string, writer: JuteWriter): Promise<JuteReader> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ xid, type, sentMs: this.#nowMs(), what, resolve, reject });
      this.#socket?.write(writer.finish());
    });
  }

  /**
   * Says that it is there, three times as often as it has to. One that is to be confirmed does so more often, since it may count only on what is
   * older. A server that has not answered for two such times is left.
   */
  #pingLater(): void {
    const intervalMs = Math.floor(this.#isConfirmed ? this.#timeoutMs / 8 : this.#heldMs / 3);
    this.#schedule(intervalMs, () => {
      if (this.#state !== 'connected') return;
      const oldest = this.#pending[0];
      if (oldest !== undefined && this.#nowMs() - oldest.sentMs >= intervalMs * 1.5) {
        this.#problem = 'the server does not answer any more';
        this.#socket?.destroy();
        return;
      }
      this.#sayAlive().catch(() => undefined);
      this.#pingLater();
    });
  }

  async #sayAlive(): Promise<void> {
    if (this.#isConfirmed) await this.#sync();
    else await this.#enqueue(pingXid, op.ping, 'ping', new JuteWriter().int(pingXid).int(op.ping));
  }

  #closed(socket: Socket): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#unschedule();
    const wasConnected = this.#state === 'connected';
    if (this.#state !== 'ended') this.#state = 'connecting';
    this.#rejectPending();
    if (this.#state === 'ended' || this.#isClosing) return;
    if (wasConnected) this.#listener.disconnected();
    // All servers at once, and after each round a pause, which is another for each client.
    const isRound = this.#nextServer % this.#servers.length === 0;
    if (isRound && !wasConnected && !this.#isTold) {
      this.#isTold = true;
      this.#surroundings.logger.warn(`No server of ZooKeeper can be reached: ${this.#problem}; trying again`);
    }
    const pauseMs = isRound ? (0.5 + this.#surroundings.random.next() / 2) * Math.min(1000, this.#timeoutMs / 10) : 0;
    this.#schedule(pauseMs, () => {
      this.#dial();
    });
  }

  #rejectPending(): void {
    const pending = this.#pending;
    this.#pending = [];
    for (const { reject, what } of pending) {
      reject(new ZooKeeperError('CONNECTION_LOSS', `ZooKeeper: ${what}: the connection has ended`));
    }
  }

  /** Ends the session here when it may have ended there. */
  #expireLater(): void {
    const { clock } = this.#surroundings;
    if (this.#expiry !== undefined) clock.cancel(this.#expiry);
    const check = (): void => {
      const leftMs = this.#heardMs + this.#heldMs - this.#nowMs();
      if (leftMs > 0) {
        this.#expiry = clock.timer(leftMs, check, { keepsAlive: true });
        return;
      }
      const text = `nothing heard from ZooKeeper for ${this.#heldMs} ms: ${this.#problem}`;
      this.#end(new ZooKeeperError('SESSION_EXPIRED', text));
    };
    this.#expiry = clock.timer(this.#heardMs + this.#heldMs - this.#nowMs(), check, { keepsAlive: true });
  }

  #schedule(delayMs: number, work: () => void): void {
    this.#unschedule();
    this.#step = this.#surroundings.clock.timer(delayMs, work, { keepsAlive: true });
  }

  #unschedule(): void {
    if (this.#step !== undefined) this.#surroundings.clock.cancel(this.#step);
    this.#step = undefined;
  }

  #end(error: ZooKeeperError): void {
    if (this.#state === 'ended') return;
    this.#stop();
    // Whoever closes it knows, and must not begin another.
    if (!this.#isClosing) this.#listener.ended(error);
  }

  #stop(): void {
    this.#state = 'ended';
    this.#unschedule();
    if (this.#expiry !== undefined) this.#surroundings.clock.cancel(this.#expiry);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
    this.#rejectPending();
  }
}

function readStat(reader: JuteReader): ZooKeeperStat {
  const version = reader.skip(32).int();
  return { version, ephemeralOwner: reader.skip(8).long(), bytes: reader.int() };
}

function shuffled<T>(items: readonly T[], { random }: Surroundings): T[] {
  return items
    .map((item) => ({ item, key: random.next() }))
    .toSorted((one, other) => one.key - other.key)
    .map(({ item }) => item);
}
