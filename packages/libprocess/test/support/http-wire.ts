import { createServer } from 'node:http';
import { Duplex } from 'node:stream';
import { defaultLimits, readBody, textResponse } from '../../src/index.ts';
import { HttpEdge } from '../../src/http/node-adapter.ts';
import { SystemClock } from '../../src/time/system-clock.ts';
import type { HttpResponse, Limits, TransportRequest } from '../../src/index.ts';

/** One end of a connection without a socket: what a server reads comes in just the pieces that a test feeds it. */
class Wire extends Duplex {
  sent = '';
  #waiting: (() => void) | undefined;

  constructor() {
    super({ allowHalfOpen: true });
    this.on('close', () => this.#waiting?.());
    this.on('error', () => undefined);
  }

  feed(...pieces: (string | Uint8Array)[]): void {
    for (const piece of pieces) if (!this.destroyed) this.push(Buffer.from(piece as string, 'latin1'));
  }

  /** Everything that the server has sent, once it ends the connection or a condition holds. */
  async until(condition: (sent: string) => boolean): Promise<string> {
    while (!this.destroyed && !this.writableEnded && !condition(this.sent)) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
    return this.sent;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.sent += chunk.toString('latin1');
    done();
    this.#waiting?.();
  }

  override _final(done: () => void): void {
    done();
    this.#waiting?.();
  }
}

/** Serves connections that are no sockets. */
export class WireServer {
  /** Why requests were refused. */
  readonly refused: string[] = [];
  /** The targets of the requests that were brought to whoever answers. */
  readonly asked: string[] = [];
  readonly #server;

  constructor(
    answer: (request: TransportRequest) => HttpResponse | Promise<HttpResponse>,
    limits: Partial<Limits> = {},
  ) {
    const edge = new HttpEdge({ ...defaultLimits, ...limits }, new SystemClock(), {
      refused: (reason) => {
        this.refused.push(reason);
      },
      // As the runtime, whose answers never reject.
      request: async (request) => {
        this.asked.push(request.url);
        try {
          return await answer(request);
        } catch {
          return textResponse(400, 'broken');
        }
      },
    });
    this.#server = createServer(edge.serverOptions);
    edge.attach(this.#server);
  }

  connect(): Wire {
    const wire = new Wire();
    this.#server.emit('connection', wire);
    return wire;
  }
}

/** Answers what was asked and how long its body was, with a mark at the end. */
export async function tell(request: TransportRequest): Promise<HttpResponse> {
  const body = await readBody(request.body, 10_000_000);
  return textResponse(200, `[${request.method} ${request.url} ${body.toString('latin1')}]`);
}

/** The bodies of `tell` in what was sent. */
export function told(sent: string): string[] {
  return [...sent.matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? '');
}

/** The statuses in what was sent. */
export function statuses(sent: string): number[] {
  return [...sent.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
}
