import { BrowserTransport, PID, Process, Runtime } from '@mesos-ts/libprocess/browser';

// The program of the test page: an actor that does what the test tells it to, by messages.

interface Page {
  readonly location: { readonly host: string };
  addEventListener(type: string, listener: (event: { readonly violatedDirective?: string }) => void): void;
}

const page = globalThis as unknown as Page;
const violations: string[] = [];
page.addEventListener('securitypolicyviolation', ({ violatedDirective = '' }) => {
  violations.push(violatedDirective);
});

/** Ends when it is told to. */
class Mortal extends Process {
  protected override initialize(): void {
    this.install('end', () => {
      this.terminate();
    });
  }
}

class Visitor extends Process {
  readonly #host: PID;
  readonly #items: unknown[] = [];

  constructor(host: PID) {
    super('visitor');
    this.#host = host;
  }

  protected override initialize(): void {
    this.install('link', (_from, pid) => {
      this.link(PID.parse(String(pid)));
    });
    this.install('spawn', (_from, id) => {
      const pid = this.runtime.spawn(new Mortal(String(id)));
      this.send(this.#host, 'spawned', pid.toString());
    });
    this.install('item', (_from, body) => {
      this.#items.push(body);
    });
    this.install('items', (from) => {
      const ordered = this.#items.every((item, index) => item === index);
      this.send(from, 'items', { count: this.#items.length, ordered });
      for (let index = 0; index < this.#items.length; index++) this.send(from, 'item', index);
    });
    this.install('bytes', (from, body) => {
      this.send(from, 'bytes', body instanceof Uint8Array ? Uint8Array.from(body, (byte) => 255 - byte) : 'no bytes');
    });
    this.install('ask', (from) => {
      this.send(from, 'told', { violations, random: this.runtime.random.uuid() });
    });
    // Keeps the page busy for a moment, as a slow page is.
    this.install('count', (from, to) => {
      let sum = 0;
      for (let index = 0; index < Number(to); index++) sum += index;
      this.delay(5, () => {
        this.send(from, 'counted', sum);
      });
    });
    this.#greet();
  }

  protected override exited(pid: PID): void {
    this.send(this.#host, 'exited', pid.toString());
    if (!pid.equals(this.#host)) return;
    this.delay(100, () => {
      this.#greet();
    });
  }

  #greet(): void {
    this.link(this.#host);
    this.send(this.#host, 'hello');
  }
}

const runtime = await new Runtime({ transport: new BrowserTransport() }).start();
runtime.spawn(new Visitor(PID.parse(`host@${page.location.host}`)));
