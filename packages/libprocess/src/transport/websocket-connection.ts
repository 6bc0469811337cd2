import { TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import { canonicalIp } from '../remote/address.ts';
import { maskFrame } from './masked-frame.ts';
import { verifiedCertificate } from '../tls/peer-certificate.ts';
import { closeGraceMs, closeReason, signOfLife, statusNormal } from './websocket-rules.ts';
import type { Socket } from 'node:net';
import type { RawData } from 'ws';
import type { Clock, Timer } from '../time/clock.ts';
import type { Inlet, Intake } from './intake.ts';
import type { Connection, ConnectionHandlers, Evidence, OpenOptions } from './transport.ts';

// Questions in a row that may stay without a sign of life.
const silencesMax = 2;
// RFC 9266, section 2: the channel binding of type tls-exporter.
const bindingLabel = 'EXPORTER-Channel-Binding';
const bindingBytes = 32;
// RFC 6455, section 5.2.
const frameHeaderBytesMax = 14;
// Bytes that are not read at the other end, beyond which its pings are not answered: it could ask for more for ever.
const pongBacklogMax = 64 * 1024;
// Bytes of a frame from which on it is masked here.
const maskedBytesMin = 4 * 1024;

/** Options of `WebSocketConnection`. */
export interface WebSocketConnectionOptions {
  /** Where the other end is. */
  readonly remote: string;
  /** The origin of the web page that has connected. */
  readonly origin?: string | undefined;
  /** Whether this end has connected: then what it sends is masked. @default false */
  readonly dialled?: boolean;
  readonly clock: Clock;
  /** What decides when frames that arrive are handled. */
  readonly intake: Intake;
}

/** A connection over a WebSocket that is open. */
export class WebSocketConnection implements Connection, Inlet {
  readonly remote: string;
  readonly origin: string | undefined;
  readonly #socket: WebSocket;
  readonly #raw: Socket;
  readonly #masks: boolean;
  readonly #clock: Clock;
  readonly #intake: Intake;
  readonly #whenClosed: Promise<void>;
  #handlers: ConnectionHandlers | undefined;
  #early: Uint8Array[] = [];
  /** What has arrived and waits for its turn; nothing more is read as long as there is any. */
  #held: Uint8Array[] | undefined;
  #reason: string | undefined;
  /** Whether this end wants to hear no more. */
  #refused = false;
  #closed = false;
  #silences = 0;
  #probes = 0;
  #bytesRead = 0;
  #grace: Timer | undefined;

  constructor(socket: WebSocket, raw: Socket, options: WebSocketConnectionOptions) {
    this.#socket = socket;
    this.#raw = raw;
    this.remote = options.remote;
    this.origin = options.origin;
    this.#masks = options.dialled === true;
    this.#clock = options.clock;
    this.#intake = options.intake;
    // Frames are already gathered from many messages: waiting for more (Nagle's algorithm) only adds delay.
    raw.setNoDelay(true);
    socket.binaryType = 'nodebuffer';
    socket.on('message', (data: RawData, isBinary: boolean) => {
      this.#receive(data as Buffer, isBinary);
    });
    socket.on('ping', (data) => {
      if (socket.bufferedAmount <= pongBacklogMax) socket.pong(data);
    });
    socket.on('error', (error) => {
      this.#reason ??= error.message;
    });
    this.#whenClosed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        this.#ended(reason.length > 0 ? reason.toString() : `the connection was closed (${code})`);
        resolve();
      });
    });
  }

  get evidence(): Evidence {
    const { remoteAddress } = this.#raw;
    const ip = remoteAddress === undefined ? undefined : canonicalIp(remoteAddress);
    if (!(this.#raw instanceof TLSSocket)) return { ip };
    return {
      ip,
      certificate: verifiedCertificate(this.#raw),
      channelBinding: this.#raw.exportKeyingMaterial(bindingBytes, bindingLabel, Buffer.alloc(0)),
    };
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  open(handlers: ConnectionHandlers, { firstFrameBytesMax = Infinity }: OpenOptions = {}): void {
    this.#boundFirst(firstFrameBytesMax);
    // In order and from the event loop, as the interface promises.
    queueMicrotask(() => {
      this.#handlers = handlers;
      const early = this.#early;
      this.#early = [];
      for (const frame of early) if (!this.#refused) handlers.frame(frame);
      if (this.#closed) handlers.close(this.#reason ?? '');
    });
  }

  send(frame: Uint8Array): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#masks && frame.length >= maskedBytesMin) this.#sendMasked(frame);
    else this.#socket.send(frame, this.#sent);
  }

  probe(alive: () => void): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    // Of its own, so that the answer to an earlier ping does not count.
    const question = `probe ${++this.#probes}`;
    const answered = (data: Buffer): void => {
      if (data.toString() !== question) return;
      this.#socket.off('pong', answered);
      alive();
    };
    this.#socket.on('pong', answered);
    this.#socket.ping(question);
  }

  next(): boolean {
    const frame = this.#held?.shift();
    if (frame !== undefined && !this.#refused && this.#handlers !== undefined) {
      this.#intake.handle(frame, this.#handlers);
    }
    if (this.#held !== undefined && this.#held.length > 0 && !this.#refused) return true;
    this.#release();
    return false;
  }

  close(reason: string): void {
    this.#refused = true;
    this.#reason ??= reason;
    this.#release();
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.close(statusNormal, closeReason(reason));
    // A peer that does not take part in closing must not hold the socket for ws's own 30 seconds.
    this.#grace = this.#clock.timer(closeGraceMs, () => {
      this.#socket.terminate();
    });
  }

  /** Closes and waits until the socket is gone. */
  end(reason: string): Promise<void> {
    this.close(reason);
    return this.#whenClosed;
  }

  /** Asks for a sign of life, or gives up when there has been none for long. */
  ping(): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    // A large frame on a slow line holds back the answer, but not its own bytes.
    if (this.#raw.bytesRead !== this.#bytesRead) this.#silences = 0;
    this.#bytesRead = this.#raw.bytesRead;
    if (this.#silences >= silencesMax) {
      this.#reason ??= 'the other end has fallen silent';
      this.#socket.terminate();
      return;
    }
    this.#silences++;
    this.#socket.ping();
    if (this.origin !== undefined) this.#socket.send(signOfLife);
  }

  /** As ws would write it: what is whole may go between any two of its frames. */
  #sendMasked(frame: Uint8Array): void {
    const raw = this.#raw;
    raw.cork();
    raw.write(maskFrame(frame));
    raw.write(frame, this.#sent);
    raw.uncork();
  }

  readonly #sent = (): void => {
    if (!this.#closed && this.#socket.bufferedAmount === 0) this.#handlers?.drain?.();
  };

  #receive(frame: Buffer, isBinary: boolean): void {
    if (this.#refused) return;
    if (!isBinary) this.close('expected binary frames');
    else if (this.#handlers === undefined) this.#early.push(frame);
    else if (this.#held !== undefined) this.#held.push(frame);
    else if (this.#intake.isOpen) this.#intake.handle(frame, this.#handlers);
    else {
      this.#held = [frame];
      this.#socket.pause();
      this.#intake.wait(this);
    }
  }

  /** Has the socket read again, and forgets what waits. */
  #release(): void {
    if (this.#held === undefined) return;
    this.#held = undefined;
    this.#socket.resume();
  }

  /** Counts the bytes up to the first frame, which ws would else gather to their end, up to the largest frame, before it tells. */
  #boundFirst(bytesMax: number): void {
    const first = this.#early[0];
    const refuse = (): void => {
      this.#refused = true;
      this.#reason ??= 'the first frame is too long';
      this.#socket.terminate();
    };
    if (first !== undefined) {
      if (first.length > bytesMax) refuse();
      return;
    }
    if (bytesMax === Infinity) return;
    let bytes = 0;
    const count = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > bytesMax + frameHeaderBytesMax) refuse();
    };
    this.#raw.on('data', count);
    this.#socket.once('message', () => {
      this.#raw.off('data', count);
      bytes = -Infinity;
    });
  }

  #ended(reason: string): void {
    this.#reason ??= reason;
    this.#closed = true;
    if (this.#grace !== undefined) this.#clock.cancel(this.#grace);
    // What has arrived before comes before.
    while (this.next());
    this.#handlers?.close(this.#reason);
  }
}
