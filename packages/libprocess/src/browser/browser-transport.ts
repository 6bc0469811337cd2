import { ProcessError } from '../errors.ts';
import { defaultLimits } from '../limits.ts';
import { SystemRandom } from '../random/system-random.ts';
import { SystemClock } from '../time/system-clock.ts';
import { PageConnection } from './page-connection.ts';
import { subprotocol } from '../transport/websocket-rules.ts';
import type { Timer } from '../time/clock.ts';
import type { Connection, Transport } from '../transport/transport.ts';
import type { PageSocket } from './page-connection.ts';

export type { PageSocket } from './page-connection.ts';

/** Options of `BrowserTransport`. */
export interface BrowserTransportOptions {
  /**
   * The URL of the WebSocket that leads to the runtime of an address, which is what a PID has behind its `@`.
   * @default `ws://<address>/`, in a page that came over https `wss://<address>/`
   */
  readonly url?: (address: string) => string;
  /** How often the servers give a sign of life, in milliseconds; three times without one end the connection. @default that of `defaultLimits` */
  readonly pingIntervalMs?: number;
  /** Opens a WebSocket. @default the page's own */
  readonly socket?: (url: string, subprotocol: string) => PageSocket;
}

// Addresses that nobody has: RFC 6666 sets 100::/64 aside for packets that are to be thrown away. The rest is random, 64 bits.
const hostBytes = 8;

const pageWasLeft = 'the page was left';

/** What of a window or a worker is used here. */
interface Page {
  readonly location?: { readonly protocol: string };
  readonly WebSocket?: new (url: string, subprotocol: string) => PageSocket;
  addEventListener?(type: string, listener: () => void, capture: boolean): void;
  removeEventListener?(type: string, listener: () => void, capture: boolean): void;
}

const page = globalThis as unknown as Page;

// A page that is put into the back/forward cache or frozen runs no more, but its browser would go on to answer pings for it.
// Both are seen on their way down from the window, as `freeze` does not come up to it.
const departures = ['pagehide', 'freeze'] as const;
const returns = ['pageshow', 'resume'] as const;

/**
 * Frames over the WebSocket of a web page. A page cannot listen, so its runtime has an address of its own, with port 0, that nobody can
 * connect to; servers reach its actors over the connection that the page made, for as long as it lasts. When the page is closed, goes to
 * another one, or is frozen, its connections end, and servers' actors that are linked to its actors hear `exited`. A page that comes back
 * can connect again.
 */
export class BrowserTransport implements Transport {
  readonly #url: (address: string) => string;
  readonly #socket: (url: string, subprotocol: string) => PageSocket;
  readonly #pingIntervalMs: number;
  readonly #clock = new SystemClock();
  readonly #detach = this.#clock.attach();
  readonly #connections = new Set<PageConnection>();
  #checks: Timer | undefined;
  #closed = false;
  #isAway = false;

  constructor(options: BrowserTransportOptions = {}) {
    this.#url = options.url ?? defaultUrl;
    this.#socket = options.socket ?? openSocket;
    this.#pingIntervalMs = options.pingIntervalMs ?? defaultLimits.pingIntervalMs;
  }

  listen(): Promise<string> {
    for (const type of departures) page.addEventListener?.(type, this.#depart, true);
    for (const type of returns) page.addEventListener?.(type, this.#return, true);
    this.#watchSilence();
    const groups = new Uint16Array(new SystemRandom().bytes(hostBytes).buffer);
    return Promise.resolve(`[100::${Array.from(groups, (group) => group.toString(16)).join(':')}]:0`);
  }

  connect(address: string, signal: AbortSignal): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void => {
        reject(new ProcessError('CONNECTION_FAILED', `Cannot connect to ${address}: ${reason}`));
      };
      if (this.#closed || signal.aborted || this.#isAway) {
        fail(this.#isAway ? pageWasLeft : 'it was given up');
        return;
      }
      // Throws in a page of https where the URL is not of wss, for example.
      const socket = this.#socket(this.#url(address), subprotocol);
      const connection = new PageConnection(socket, { remote: address, clock: this.#clock });
      this.#connections.add(connection);
      const abort = (): void => {
        connection.drop('it was given up');
      };
      signal.addEventListener('abort', abort);
      void connection.whenOpen.then((opened) => {
        signal.removeEventListener('abort', abort);
        // A page is not told why, so that it cannot look around in its reader's network.
        if (opened) resolve(connection);
        else fail('nobody there takes a connection from this page');
      });
      void connection.whenClosed.then(() => this.#connections.delete(connection));
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const type of departures) page.removeEventListener?.(type, this.#depart, true);
    for (const type of returns) page.removeEventListener?.(type, this.#return, true);
    if (this.#checks !== undefined) this.#clock.cancel(this.#checks);
    await Promise.all(
      [...this.#connections].map((connection) => {
        connection.close('shutting down');
        return connection.whenClosed;
      }),
    );
    this.#detach();
  }

  readonly #depart = (): void => {
    // Actors that hear of it must not connect again on the way out.
    this.#isAway = true;
    for (const connection of this.#connections) connection.drop(pageWasLeft);
  };

  readonly #return = (): void => {
    this.#isAway = false;
  };

  #watchSilence(): void {
    this.#checks = this.#clock.timer(this.#pingIntervalMs, () => {
      for (const connection of this.#connections) connection.check();
      this.#watchSilence();
    });
  }
}

function defaultUrl(address: string): string {
  return `${page.location?.protocol === 'https:' ? 'wss' : 'ws'}://${address}/`;
}

function openSocket(url: string, protocol: string): PageSocket {
  if (page.WebSocket === undefined) throw new ProcessError('CONNECTION_FAILED', 'There is no WebSocket here');
  return new page.WebSocket(url, protocol);
}
