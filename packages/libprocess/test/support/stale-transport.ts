import type { Connection, Transport, TransportHandlers } from '../../src/index.ts';

/** A transport whose connections can go dead without either end hearing of it, as when a cable is cut. */
export class StaleTransport implements Transport {
  readonly #transport: Transport;
  readonly #goStale = new Set<() => void>();
  /** How many connections have been made by or to this end. */
  made = 0;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Has every connection that there is swallow what is sent on it in either direction, its end included. */
  goStale(): void {
    for (const goStale of this.#goStale) goStale();
    this.#goStale.clear();
  }

  listen(handlers: TransportHandlers): Promise<string> {
    const connection = (made: Connection): void => {
      handlers.connection(this.#wrap(made));
    };
    return this.#transport.listen({ ...handlers, connection });
  }

  async connect(address: string, signal: AbortSignal): Promise<Connection> {
    return this.#wrap(await this.#transport.connect(address, signal));
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  #wrap(connection: Connection): Connection {
    let isStale = false;
    this.made++;
    this.#goStale.add(() => {
      isStale = true;
    });
    return {
      remote: connection.remote,
      get bufferedBytes() {
        return connection.bufferedBytes;
      },
      open: (handlers, options) => {
        connection.open(
          {
            frame: (bytes) => {
              if (!isStale) handlers.frame(bytes);
            },
            close: (reason) => {
              if (!isStale) handlers.close(reason);
            },
          },
          options,
        );
      },
      probe: (alive) => {
        if (isStale) return;
        connection.probe?.(() => {
          if (!isStale) alive();
        });
      },
      send: (frame) => {
        if (!isStale) connection.send(frame);
      },
      close: (reason) => {
        if (!isStale) connection.close(reason);
      },
    };
  }
}
