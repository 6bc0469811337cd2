import { once } from 'node:events';
import { connect } from 'node:net';
import { parseAddress } from '../../src/index.ts';
import type { Socket } from 'node:net';

/** A TCP connection on which a test writes what it likes. */
export class RawClient {
  readonly socket: Socket;
  received = '';
  #waiting: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.received += text;
      this.#waiting?.();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => this.#waiting?.());
  }

  static async connect(address: string): Promise<RawClient> {
    const { ip, port } = parseAddress(address);
    const socket = connect(port, ip);
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  write(text: string | Uint8Array): void {
    this.socket.write(text);
  }

  /** Everything that was received until a text appears in it so many times, or the other end closes. */
  async until(text: string, times = 1): Promise<string> {
    while (this.received.split(text).length <= times && !this.socket.closed) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
    return this.received;
  }

  /** Everything that was received until the other end closes. */
  async ended(): Promise<string> {
    if (!this.socket.closed) await once(this.socket, 'close');
    return this.received;
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** Writes one request on a connection of its own and answers everything until the other end closes. */
export async function exchange(address: string, request: string | Uint8Array): Promise<string> {
  const client = await RawClient.connect(address);
  client.write(request);
  const answer = await client.ended();
  return answer;
}

/** A GET of HTTP/1.1. */
export function getRequest(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
}

/** The status of the first answer in what was received. */
export function status(answer: string): string {
  return answer.slice(9, 12);
}
