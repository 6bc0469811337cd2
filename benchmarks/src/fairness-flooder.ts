import { PID, Process, Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import { bodies } from './bodies.ts';
import { tellParent } from './child.ts';
import { Asker, p99Of } from './fairness-asker.ts';

/** Sends as much as leaves. */
class Flooder extends Process {
  readonly #to: PID;

  constructor(to: PID) {
    super();
    this.#to = to;
  }

  async flood(): Promise<never> {
    for (;;) {
      for (let count = 0; count < 2_000; count++) this.send(this.#to, 'work', bodies['100 B']);
      await this.runtime.drained(this.#to);
    }
  }
}

// The OS process that floods an actor of another one: the first argument is whom, the second somebody beside it. When its parent says so,
// it tells how long exchanges with the latter take, behind its own flood. It ends with its parent.
const [flooded = '', neighbour = ''] = process.argv.slice(2);
const runtime = await new Runtime({ transport: new WebSocketTransport() }).start();
const asker = runtime.spawn(new Asker(PID.parse(neighbour)));
const exchange = (): Promise<void> => runtime.dispatch(asker, 'exchange');
await exchange();
runtime.tell(runtime.spawn(new Flooder(PID.parse(flooded))), 'flood');
process.on('message', (exchanges: number) => {
  void p99Of(exchanges, exchange).then((p99Ms) => process.send?.(p99Ms));
});
tellParent('flooding');
