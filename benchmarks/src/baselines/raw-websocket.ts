import { once } from 'node:events';
import { Packr } from 'msgpackr';
import { WebSocket, WebSocketServer } from 'ws';
import type { AddressInfo } from 'node:net';

// What `ws` and `msgpackr` can do at most, with nothing around them: the raw limit that the actors are measured against.

const packr = new Packr({ useRecords: false });
const options = { perMessageDeflate: false };

type RawMessage = readonly [kind: string, body: unknown];

function unpack(data: unknown): RawMessage[] {
  return packr.unpack(data as Buffer) as RawMessage[];
}

/** Serves echoes of batches: every frame of pings is answered with a frame of pongs; streams are counted. Answers its port. */
export async function serveRaw(): Promise<number> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, ...options });
  server.on('connection', (socket) => {
    let received = 0;
    socket.on('message', (data) => {
      const answers: RawMessage[] = [];
      for (const [kind, body] of unpack(data)) {
        if (kind === 'ping') answers.push(['pong', body]);
        else if (++received % (body as { window: number }).window === 0) answers.push(['window', 0]);
      }
      if (answers.length > 0) socket.send(packr.pack(answers));
    });
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** The client of `serveRaw`. */
export class RawClient {
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, options);
    await once(socket, 'open');
    return new RawClient(socket);
  }

  /** Pings, so many under way; those that are due together share a frame if `batched`. */
  async pingPong(exchanges: number, outstanding: number, body: unknown, batched: boolean): Promise<number> {
    const send = (count: number): void => {
      const pings: RawMessage[] = Array.from({ length: count }, () => ['ping', body] as const);
      if (batched) this.#socket.send(packr.pack(pings));
      else for (const ping of pings) this.#socket.send(packr.pack([ping]));
    };
    await new Promise<void>((resolve) => {
      let left = exchanges;
      const receive = (data: unknown): void => {
        const pongs = unpack(data).length;
        left -= pongs;
        if (left >= outstanding) send(pongs);
        if (left > 0) return;
        this.#socket.off('message', receive);
        resolve();
      };
      this.#socket.on('message', receive);
      send(outstanding);
    });
    return exchanges;
  }

  /** A stream in frames of so many messages, two windows under way. */
  async stream(
    count: number,
    window: number,
    perFrame: number,
    body: Readonly<Record<string, unknown>>,
  ): Promise<number> {
    const message: RawMessage = ['stream', { ...body, window }];
    const sendWindow = (): void => {
      for (let sent = 0; sent < window; sent += perFrame) {
        this.#socket.send(packr.pack(Array.from({ length: perFrame }, () => message)));
      }
    };
    await new Promise<void>((resolve) => {
      let left = count;
      const receive = (data: unknown): void => {
        left -= window * unpack(data).length;
        if (left > window) sendWindow();
        if (left > 0) return;
        this.#socket.off('message', receive);
        resolve();
      };
      this.#socket.on('message', receive);
      sendWindow();
      sendWindow();
    });
    return count;
  }

  close(): void {
    this.#socket.close();
  }
}
