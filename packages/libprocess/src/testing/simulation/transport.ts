import { ProcessError } from '../../errors.ts';
import { SimulatedConnection } from './connection.ts';
import { key } from './network.ts';
import type { Connection, Transport, TransportHandlers } from '../../transport/transport.ts';
import type { End, Endpoint, Host, SimulatedNetwork } from './network.ts';

// RFC 6298, section 2.1, and the six repetitions of Linux's tcp_syn_retries.
const synTimeoutMs = 1_000;
const synsMax = 7;

/** An attempt to connect that has not come to its end. */
interface Dialling {
  readonly address: string;
  readonly target: Host | undefined;
  readonly isOver: () => boolean;
  readonly refused: (reason: string) => void;
  readonly answered: (by: Endpoint) => void;
}

/** How one life of a node reaches the others. */
export class SimulatedTransport implements Transport, Endpoint {
  readonly simulated = true;
  readonly host: Host;
  readonly #network: SimulatedNetwork;
  readonly #connections = new Set<SimulatedConnection>();
  /** How to give up attempts to connect. */
  readonly #attempts = new Set<() => void>();
  #handlers: TransportHandlers | undefined;
  #stage: 'open' | 'closed' | 'killed' = 'open';
  #whenEmpty: (() => void) | undefined;

  /** Made by the simulation. */
  constructor(network: SimulatedNetwork, host: Host) {
    this.#network = network;
    this.host = host;
  }

  /** How many connections have not ended at this end. */
  get connections(): number {
    return this.#connections.size;
  }

  listen(handlers: TransportHandlers): Promise<string> {
    if (this.host.listener !== undefined) {
      return Promise.reject(new ProcessError('CONNECTION_FAILED', `Address ${this.host.address} is already in use`));
    }
    this.host.listener = this;
    this.#handlers = handlers;
    return Promise.resolve(this.host.address);
  }

  connect(address: string, signal: AbortSignal): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const target = this.#network.at(address);
      let near: SimulatedConnection | undefined;
      let done = false;
      const over = (): boolean => {
        const first = !done && this.#stage !== 'killed';
        done = true;
        this.#attempts.delete(abort);
        signal.removeEventListener('abort', abort);
        return first;
      };
      const fail = (reason: string): void => {
        if (!over()) return;
        this.#network.trace.record(key(this.host.name, target?.name ?? address), 'failed', `to connect: ${reason}`);
        reject(new ProcessError('CONNECTION_FAILED', `Cannot connect to ${address}: ${reason}`));
      };
      const abort = (): void => {
        near?.abandon();
        fail('it was given up');
      };
      if (signal.aborted || this.#stage !== 'open') {
        abort();
        return;
      }
      this.#attempts.add(abort);
      signal.addEventListener('abort', abort, { once: true });
      const answered = (by: Endpoint): void => {
        near = SimulatedConnection.begin(this.#network, this, by, {
          accepted: (connection) => {
            if (over()) resolve(connection);
          },
          failed: fail,
        });
      };
      const isOver = (): boolean => done || this.#stage !== 'open';
      this.#dial({ address, target, isOver, refused: fail, answered }, synTimeoutMs, 0);
    });
  }

  async close(): Promise<void> {
    if (this.#stage !== 'open') return;
    this.#stage = 'closed';
    this.#release();
    for (const giveUp of this.#attempts) giveUp();
    for (const connection of this.#connections) connection.close('shutting down');
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
    });
  }

  /** The program is gone, in the middle of whatever it did. */
  kill(): void {
    this.#stage = 'killed';
    this.#release();
    for (const connection of this.#connections) connection.kill();
  }

  accept(connection: Connection): void {
    if (this.#handlers === undefined) connection.close('shutting down');
    else this.#handlers.connection(connection);
  }

  added(end: End): void {
    this.#connections.add(end as SimulatedConnection);
    this.#network.open.add(end);
  }

  removed(end: End): void {
    this.#connections.delete(end as SimulatedConnection);
    this.#network.open.delete(end);
    if (this.#connections.size === 0) this.#whenEmpty?.();
  }

  #release(): void {
    if (this.host.listener === this) this.host.listener = undefined;
    this.#handlers = undefined;
  }

  /** A SYN there and its answer back, as often as it takes. */
  #dial(dialling: Dialling, waitMs: number, attempt: number): void {
    const { timeline, trace } = this.#network;
    const { address, target = this.host } = dialling;
    if (dialling.isOver()) return;
    if (attempt === synsMax) {
      dialling.refused('nobody answers');
      return;
    }
    trace.record(key(this.host.name, dialling.target?.name ?? address), 'connect', attempt === 0 ? '' : 'again');
    this.#network.travel(this.host, 1);
    const roundTripMs = this.#network.latency(this.host, target) + this.#network.latency(target, this.host);
    timeline.after(roundTripMs, this.host, () => {
      this.#network.travel(this.host, -1);
      if (dialling.isOver()) return;
      if (this.#network.passes(this.host, target) && this.#network.passes(target, this.host)) {
        const by = dialling.target?.listener;
        if (by === undefined) dialling.refused('nobody listens there');
        else dialling.answered(by);
        return;
      }
      timeline.after(waitMs, this.host, () => {
        this.#dial(dialling, 2 * waitMs, attempt + 1);
      });
    });
  }
}
