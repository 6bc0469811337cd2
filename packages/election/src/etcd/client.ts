import { Client, Metadata, credentials as channelCredentials, status } from '@grpc/grpc-js';
import { errorText } from '@mesos-ts/libprocess';
import type { ClientDuplexStream, ClientUnaryCall, ServiceError } from '@grpc/grpc-js';
import { hostPort } from '../master-info.ts';
import { Message, encodeFields } from './protobuf.ts';
import type { EtcdAddress } from '../address.ts';
import type { Surroundings } from '../interfaces.ts';
import type { Fields } from './protobuf.ts';

/** A key of etcd. */
export interface EtcdEntry {
  readonly key: string;
  readonly value: Buffer;
  /** The revision in which it was made: of two keys, the one with the smaller is older. */
  readonly createRevision: bigint;
  /** The revision in which it was changed the last time. */
  readonly modRevision: bigint;
  /** The lease that it ends with; 0n for a key that stays. */
  readonly lease: bigint;
}

/** What a range of keys has, at one moment. */
export interface EtcdRange {
  readonly entries: readonly EtcdEntry[];
  /** Of all keys: it grows with each change anywhere. */
  readonly revision: bigint;
  /** Which etcd has answered. */
  readonly clusterId: bigint;
}

/** An operation of etcd that failed. */
export class EtcdError extends Error {
  /** gRPC's number for it. */
  readonly status: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'EtcdError';
    this.status = code;
  }

  /** Whether it may be gone when it is tried again. */
  get isPassing(): boolean {
    return !permanent.has(this.status);
  }
}

const permanent: ReadonlySet<number> = new Set([
  // Credentials for an etcd that knows nobody.
  status.FAILED_PRECONDITION,
  status.INVALID_ARGUMENT,
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
  status.UNIMPLEMENTED,
]);

/** Of a member that is not there, or hangs. */
const gone: ReadonlySet<number> = new Set([status.DEADLINE_EXCEEDED, status.UNAVAILABLE]);

/** So many keys are asked for at a time. */
const keysMax = 1000;

/** A stream in both directions. */
export interface EtcdStream {
  send(fields: Fields): void;
  /** Ends it, without a word to who listens. */
  close(): void;
  /** Ends it so, and leaves the member for the next one: it has not answered in time. */
  leave(): void;
}

/** Who listens to a stream: after `ended` nothing more comes. */
export interface EtcdStreamListener {
  received(message: Message): void;
  ended(error: EtcdError): void;
}

/** etcd's API, version 3, over gRPC: as much of it as is needed here. A member that cannot be reached is left for the next one. */
export class EtcdClient {
  readonly #address: Omit<EtcdAddress, 'kind'>;
  readonly #surroundings: Surroundings;
  readonly #timeoutMs: number;
  readonly #clients: readonly Client[];
  #current = 0;
  #token: Promise<string> | undefined;

  /** @param timeoutMs How long a call may take. */
  constructor(address: Omit<EtcdAddress, 'kind'>, timeoutMs: number, surroundings: Surroundings) {
    this.#address = address;
    this.#timeoutMs = timeoutMs;
    this.#surroundings = surroundings;
    const options = { 'grpc.max_reconnect_backoff_ms': 1000, 'grpc.initial_reconnect_backoff_ms': 100 };
    this.#clients = address.endpoints.map(
      ({ host, port }) => new Client(hostPort(host, port), channelCredentials.createInsecure(), options),
    );
    this.#current = Math.floor(surroundings.random.next() * this.#clients.length);
  }

  /** The keys that begin with a prefix. Rejects with `EtcdError`, as all these do. */
  async range(prefix: string): Promise<EtcdRange> {
    const answer = await this.#call('KV/Range', { 1: prefix, 2: endOf(prefix) });
    const header = answer.message(1);
    return { entries: answer.messages(2).map(entryOf), revision: header.int(3), clusterId: header.int(1) };
  }

  /** One key, if there is one. */
  async find(key: string): Promise<EtcdEntry | undefined> {
    const answer = await this.#call('KV/Range', { 1: key });
    return answer.messages(2).map(entryOf)[0];
  }

  /** The keys that begin with a prefix, as they were at one moment, without what is in them: all that would be more than an answer may have. */
  async keys(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    const end = endOf(prefix);
    let from = prefix;
    let revision: bigint | undefined;
    for (;;) {
      const answer = await this.#call('KV/Range', { 1: from, 2: end, 3: keysMax, 4: revision, 8: true });
      keys.push(...answer.messages(2).map((each) => each.text(1)));
      const last = keys.at(-1);
      if (!answer.bool(3) || last === undefined) return keys;
      revision = answer.message(1).int(3);
      from = `${last}\0`;
    }
  }

  /**
   * Writes a key, if it is still of this revision; 0n: if there is none. Answers whether it was.
   * @param lease The key ends with it.
   */
  async write(key: string, value: Uint8Array, modRevision: bigint, lease?: bigint): Promise<boolean> {
    const compare: Fields = { 2: 2, 3: key, 6: modRevision };
    const answer = await this.#call('KV/Txn', { 1: compare, 2: { 2: { 1: key, 2: value, 3: lease } } });
    return answer.bool(2);
  }

  /** Removes a key, if it is there; with a revision, if it is still of that. Answers whether it was. */
  async remove(key: string, modRevision?: bigint): Promise<boolean> {
    const compare = modRevision === undefined ? undefined : { 2: 2, 3: key, 6: modRevision };
    const answer = await this.#call('KV/Txn', { 1: compare, 2: { 3: { 1: key } } });
    return answer.bool(2);
  }

  /** Begins a lease of so many seconds; etcd may settle on more. */
  async grant(seconds: number): Promise<{ readonly id: bigint; readonly seconds: number }> {
    const answer = await this.#call('Lease/LeaseGrant', { 1: seconds });
    return { id: answer.int(2), seconds: Number(answer.int(3)) };
  }

  /** Ends a lease, and the keys with it. */
  async revoke(lease: bigint): Promise<void> {
    await this.#call('Lease/LeaseRevoke', { 1: lease });
  }

  /** A stream on which leases are prolonged (`Lease/LeaseKeepAlive`) or keys are watched (`Watch/Watch`). */
  async stream(method: string, listener: EtcdStreamListener): Promise<EtcdStream> {
    const metadata = await this.#metadata();
    const client = this.#client;
    const stream: ClientDuplexStream<Fields, Message> = client.makeBidiStreamRequest(
      `/etcdserverpb.${method}`,
      encodeFields,
      (bytes: Buffer) => new Message(bytes),
      metadata,
    );
    let isOver = false;
    const end = (error: EtcdError): void => {
      if (isOver) return;
      isOver = true;
      this.#leave(client, error.status);
      listener.ended(error);
    };
    stream.on('data', (message: Message) => {
      if (!isOver) listener.received(message);
    });
    stream.on('error', (error: ServiceError) => {
      end(this.#error(method, error));
    });
    stream.on('end', () => {
      end(new EtcdError(status.UNAVAILABLE, `etcd: ${method}: the stream has ended`));
    });
    const close = (): void => {
      isOver = true;
      stream.cancel();
    };
    return {
      send: (fields) => {
        if (!isOver) stream.write(fields);
      },
      close,
      leave: () => {
        close();
        this.#leave(client, status.UNAVAILABLE);
      },
    };
  }

  /** Ends all connections. Idempotent. */
  close(): void {
    for (const client of this.#clients) client.close();
  }

  get #client(): Client {
    const client = this.#clients[this.#current % this.#clients.length];
    if (client === undefined) throw new EtcdError(status.INVALID_ARGUMENT, 'etcd: there is no endpoint');
    return client;
  }

  async #call(method: string, fields: Fields): Promise<Message> {
    return this.#unary(method, fields, await this.#metadata());
  }

  #unary(method: string, fields: Fields, metadata: Metadata): Promise<Message> {
    const { clock } = this.#surroundings;
    const client = this.#client;
    return new Promise((resolve, reject) => {
      let call: ClientUnaryCall | undefined;
      const late = (): void => {
        this.#leave(client, status.DEADLINE_EXCEEDED);
        reject(new EtcdError(status.DEADLINE_EXCEEDED, `etcd: ${method}: no answer in ${this.#timeoutMs} ms`));
        call?.cancel();
      };
      const timer = clock.timer(this.#timeoutMs, late, { keepsAlive: true });
      try {
        call = client.makeUnaryRequest(
          `/etcdserverpb.${method}`,
          encodeFields,
          (bytes: Buffer) => new Message(bytes),
          fields,
          metadata,
          (error, message) => {
            // What was cancelled is told a second time here.
            if (!clock.cancel(timer)) return;
            if (error === null && message !== undefined) {
              resolve(message);
              return;
            }
            const problem = this.#error(method, error);
            this.#leave(client, problem.status);
            reject(problem);
          },
        );
      } catch (error) {
        // It has been closed.
        clock.cancel(timer);
        reject(new EtcdError(status.UNAVAILABLE, `etcd: ${method}: ${errorText(error)}`));
      }
    });
  }

  #error(method: string, error: ServiceError | null): EtcdError {
    const code = error?.code ?? status.UNKNOWN;
    const problem = new EtcdError(code, `etcd: ${method}: ${reasonOf(error)}`);
    // Tokens end: the next call gets another.
    if (code === status.UNAUTHENTICATED && this.#token !== undefined) {
      this.#token = undefined;
      return new EtcdError(status.UNAVAILABLE, problem.message);
    }
    return problem;
  }

  #leave(client: Client, code: number): void {
    if (gone.has(code) && client === this.#clients[this.#current % this.#clients.length]) this.#current++;
  }

  async #metadata(): Promise<Metadata> {
    const metadata = new Metadata();
    const { credentials } = this.#address;
    if (credentials === undefined) return metadata;
    const fields = { 1: credentials.user, 2: credentials.password };
    this.#token ??= this.#unary('Auth/Authenticate', fields, new Metadata()).then((answer) => answer.text(2));
    const token = this.#token;
    token.catch(() => {
      if (this.#token === token) this.#token = undefined;
    });
    metadata.set('token', await token);
    return metadata;
  }
}

/** The end of the range of keys that begin with a prefix, which does not end with the byte 255. */
export function endOf(prefix: string): Buffer {
  const end = Buffer.from(prefix);
  end[end.length - 1] = (end.at(-1) ?? 0) + 1;
  return end;
}

/** What gRPC says was wrong: of a server that cannot be reached, the last of the reasons that it lists. */
function reasonOf(error: ServiceError | null): string {
  const details = error?.details ?? 'no answer';
  return /Last error: (?:Error: )?(.+?)\. Resolution note:/s.exec(details)?.[1] ?? details;
}

function entryOf(message: Message): EtcdEntry {
  return {
    key: message.text(1),
    value: message.bytes(5),
    createRevision: message.int(2),
    modRevision: message.int(3),
    lease: message.int(6),
  };
}
