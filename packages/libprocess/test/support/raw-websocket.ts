import { once } from 'node:events';
import { connect } from 'node:net';
import { control, encodeFrame, wireVersion } from '../../src/remote/frame.ts';
import { eventually } from '../../src/testing/index.ts';
import type { Socket } from 'node:net';
import type { Runtime } from '../../src/index.ts';

/** Kinds of WebSocket frames (RFC 6455, section 5.2). */
export const opcodes = { continuation: 0x0, binary: 0x2, ping: 0x9 } as const;

interface FrameOptions {
  readonly fin?: boolean;
  readonly rsv1?: boolean;
  readonly masked?: boolean;
}

/** A WebSocket frame as a client sends it (RFC 6455, section 5.2); unmasked ones are against its rules. */
export function frame(opcode: number, payload: Uint8Array, options: FrameOptions = {}): Buffer {
  const { fin = true, rsv1 = false, masked = true } = options;
  const mask = Buffer.from([1, 2, 3, 4]);
  const size = payload.length;
  const first = (fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | opcode;
  const head = Buffer.alloc(size < 126 ? 2 : 4);
  head[0] = first;
  head[1] = (masked ? 0x80 : 0) | Math.min(size, 126);
  if (size >= 126) head.writeUInt16BE(size, 2);
  if (!masked) return Buffer.concat([head, payload]);
  const body = Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
  return Buffer.concat([head, mask, body]);
}

let names = 0;

/** A greeting of somebody who was not there before, and one message to the collector. */
export function greetingAndMessage(text: string): readonly [hello: Uint8Array, message: Uint8Array] {
  names++;
  const address = `10.9.${names >> 8}.${names & 255}:1`;
  return [encodeFrame([[control.hello, wireVersion, address, 'x']]), encodeFrame([['here', 'a', 'item', text]])];
}

/** The request to go over to WebSocket. */
export function upgrade(headers = ''): string {
  return (
    `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
    `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: libprocess.1\r\n${headers}\r\n`
  );
}

/** A WebSocket client that sends whatever bytes a test likes. */
export class RawWebSocket {
  readonly socket: Socket;
  received = Buffer.alloc(0);
  ended = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      this.received = Buffer.concat([this.received, bytes]);
    });
    socket.on('close', () => {
      this.ended = true;
    });
  }

  static async connect(runtime: Runtime): Promise<RawWebSocket> {
    const { port, hostname } = new URL(`http://${runtime.address}`);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.setNoDelay(true);
    return new RawWebSocket(socket);
  }

  static async upgrade(runtime: Runtime, headers = ''): Promise<RawWebSocket> {
    const raw = await RawWebSocket.connect(runtime);
    raw.socket.write(upgrade(headers));
    await eventually(() => raw.received.includes('\r\n\r\n'), 'the upgrade is answered');
    return raw;
  }

  get head(): string {
    return this.received.subarray(0, this.received.indexOf('\r\n\r\n')).toString('latin1');
  }
}
