import { Process, Runtime, WebSocketTransport, jsonResponse } from '@mesos-ts/libprocess';
import { tellParent } from './child.ts';
import type { PID } from '@mesos-ts/libprocess';

/** What `fairness-server.js` tells. */
export interface FairnessServer {
  readonly neighbour: string;
  readonly flooded: string;
}

/** Always has so much to do, and each piece takes so long. What others send it takes no time. */
class Flooded extends Process {
  takesMs = 0;
  readonly #me = (): PID<Flooded> => this.self;

  protected override initialize(): void {
    this.install('work', () => undefined);
  }

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

// The other OS process of the fairness benchmarks. With `local` an actor of it is flooded for ever; without, others flood it. Tells its
// parent where two actors are, and ends with it.
const runtime = await new Runtime({ transport: new WebSocketTransport() }).start();
const flooded = new Flooded();
const neighbour = runtime.spawn(new Neighbour('neighbour', flooded));
const floodedPid = runtime.spawn(flooded);
if (process.argv[2] === 'local') runtime.tell(floodedPid, 'flood', 10_000);
tellParent({ neighbour: neighbour.toString(), flooded: floodedPid.toString() });
