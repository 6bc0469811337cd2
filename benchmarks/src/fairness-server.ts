import { Process, Runtime, WebSocketTransport, jsonResponse } from '@mesos-ts/libprocess';
import { tellParent } from './child.ts';
import type { PID } from '@mesos-ts/libprocess';

/** Always has so much to do, and each piece takes so long. */
class Flooded extends Process {
  takesMs = 0;
  readonly #me = (): PID<Flooded> => this.self;

  flood(waiting: number): void {
    for (let count = 0; count < waiting; count++) this.runtime.tell(this.#me(), 'work');
  }

  work(): void {
    const { clock } = this.runtime;
    const endMs = clock.monotonic() + this.takesMs;
    while (clock.monotonic() < endMs);
    this.runtime.tell(this.#me(), 'work');
  }
}

/** Sends itself a message each millisecond, and measures how long it takes. */
class Neighbour extends Process {
  readonly #flooded: Flooded;
  #delaysMs: number[] = [];

  constructor(id: string, flooded: Flooded) {
    super(id);
    this.#flooded = flooded;
  }

  protected override initialize(): void {
    this.install('ping', (from) => {
      this.send(from, 'pong');
    });
    this.installAsk('flood', (_from, takesMs: number) => {
      this.#flooded.takesMs = takesMs;
      this.#delaysMs = [];
    });
    this.installAsk('delays', () => this.#delaysMs);
    this.route('/', () => jsonResponse({ ok: true }));
    this.#sendLater();
  }

  arrived(sentMs: number): void {
    this.#delaysMs.push(this.runtime.clock.monotonic() - sentMs);
    this.#sendLater();
  }

  #sendLater(): void {
    const { clock } = this.runtime;
    const self: PID<Neighbour> = this.self;
    clock.timer(1, () => {
      this.runtime.tell(self, 'arrived', clock.monotonic());
    });
  }
}

// The other OS process of the fairness benchmarks: one actor is flooded for ever. Tells its parent where another one is, and ends with it.
const runtime = await new Runtime({ transport: new WebSocketTransport() }).start();
const flooded = new Flooded();
const neighbour = runtime.spawn(new Neighbour('neighbour', flooded));
runtime.tell(runtime.spawn(flooded), 'flood', 10_000);
tellParent(neighbour.toString());
