import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { Packr } from 'msgpackr';
import { WebSocket } from 'ws';
import { Process, Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import { tellParent } from './child.ts';

/** Takes its time over each message. */
class Slow extends Process {
  readonly #takesMs: number;

  constructor(takesMs: number) {
    super('slow');
    this.#takesMs = takesMs;
  }

  protected override initialize(): void {
    this.install('work', () => {
      const { clock } = this.runtime;
      const endMs = clock.monotonic() + this.#takesMs;
      while (clock.monotonic() < endMs);
    });
    this.#tell();
  }

  /** Tells the parent how much memory this OS process has. */
  #tell(): void {
    // The parent may have gone, which this one, as slow as it is, has not noticed yet.
    process.send?.({ rss: process.memoryUsage.rss() }, undefined, undefined, () => undefined);
    this.delay(1_000, () => {
      this.#tell();
    });
  }
}

/** Joins the parent's runtime by hand, and reads a little of what it is sent now and then. */
class Dozer extends Process {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    super('dozer');
    this.#socket = socket;
  }

  protected override initialize(): void {
    this.#doze();
  }

  #doze(): void {
    this.#socket.pause();
    this.delay(2_000, () => {
      this.#socket.resume();
      this.delay(20, () => {
        this.#doze();
      });
    });
  }
}

// The other OS process of the overload run. Both who are in it are slower than what they are sent: an actor, and a runtime that hardly reads.
// It is to be slow, and not to take the processor from who is measured.
setPriority(constants.priority.PRIORITY_LOW);
const [parent = '', dozing = ''] = process.argv.slice(2);
const runtime = await new Runtime({ transport: new WebSocketTransport(), limits: { mailboxMax: 10_000 } }).start();
const slow = runtime.spawn(new Slow(1));
const socket = new WebSocket(`ws://${parent}/`, 'libprocess.1', { perMessageDeflate: false });
await once(socket, 'message');
const hello = [1, 1, dozing, 'overload'];
socket.send(new Packr({ useRecords: false }).pack([hello]));
await once(socket, 'message');
runtime.spawn(new Dozer(socket));
tellParent({ slow: slow.toString() });
