import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { PID, Process, Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import { forkChild } from './child.ts';
import { percentile } from './measure.ts';
import type { OutboundPolicy } from '@mesos-ts/libprocess';
import type { RemoteServer } from './echo-bench.ts';

const help = `Usage: node benchmarks/dist/src/overload.js [--seconds=60] [--policy='drop oldest'] [--bytes=1000]

Sends as much as it can to an actor and to a runtime that are both too slow for it, and now and then to one that is not. Prints what memory
does and how long the latter's answers take, and exits with 1 when memory does not stay what it is after the first third.

  --policy   what gives way: close, drop newest, drop oldest
  --bytes    of each message
`;

const dozing = '10.9.9.9:1';
const mib = 1024 * 1024;

/** Sends all the time, without regard to whether it arrives. */
class Flood extends Process {
  readonly #to: readonly PID[];
  readonly #body: unknown;
  readonly #me = (): PID<Flood> => this.self;
  sent = 0;

  constructor(to: readonly PID[], bytes: number) {
    super('flood');
    this.#to = to;
    this.#body = { data: 'x'.repeat(bytes) };
  }

  more(): void {
    for (const pid of this.#to) {
      for (let count = 0; count < 100; count++) this.send(pid, 'work', this.#body);
      this.sent += 100;
    }
    this.runtime.tell(this.#me(), 'more');
  }
}

/** Pings somebody who is not slow, and measures how long the answers take. */
class Neighbour extends Process {
  readonly #to: PID;
  #sentMs = 0;
  #roundTripsMs: number[] = [];

  constructor(to: PID) {
    super('neighbour');
    this.#to = to;
  }

  /** The 99th percentile since it was asked last, in milliseconds. */
  get p99Ms(): number {
    const p99Ms = percentile(this.#roundTripsMs, 0.99);
    this.#roundTripsMs = [];
    return p99Ms;
  }

  protected override initialize(): void {
    this.install('pong', () => {
      this.#roundTripsMs.push(this.runtime.clock.monotonic() - this.#sentMs);
      this.delay(5, () => {
        this.#ping();
      });
    });
    this.#ping();
  }

  #ping(): void {
    this.#sentMs = this.runtime.clock.monotonic();
    this.send(this.#to, 'ping', 1);
  }
}

interface Row {
  readonly seconds: number;
  readonly rss: number;
  readonly slowRss: number;
}

async function overload(seconds: number, outboundPolicy: OutboundPolicy, bytes: number): Promise<boolean> {
  const limits = { outboundPolicy, outboundBytesMax: 16 * mib };
  await using runtime = await new Runtime({ transport: new WebSocketTransport(), limits }).start();
  const slow = forkChild('overload-server.js', [runtime.address, dozing]);
  let slowRss = 0;
  const slowPid = new Promise<string>((resolve) => {
    slow.on('message', (told: { rss?: number; slow?: string }) => {
      slowRss = told.rss ?? slowRss;
      if (told.slow !== undefined) resolve(told.slow);
    });
  });
  const quick = forkChild('remote-server.js');
  const [told] = (await once(quick, 'message')) as [RemoteServer];
  const neighbour = new Neighbour(PID.parse(told.echo));
  const flood = new Flood([PID.parse(await slowPid), new PID('any', dozing)], bytes);
  runtime.spawn(neighbour);
  runtime.tell(runtime.spawn(flood), 'more');
  process.stdout.write(
    '| s | RSS | RSS of the slow one | waits | sent | dropped | p99 of others |\n|---|---|---|---|---|---|---|\n',
  );
  const rows: Row[] = [];
  const everyMs = 5_000;
  for (let at = everyMs; at <= seconds * 1_000; at += everyMs) {
    await new Promise<void>((resolve) => {
      runtime.clock.timer(everyMs, resolve);
    });
    const metrics = runtime.metrics.snapshot();
    const row: Row = { seconds: at / 1_000, rss: process.memoryUsage.rss(), slowRss };
    rows.push(row);
    const cells = [
      row.seconds,
      `${Math.round(row.rss / mib)} MiB`,
      `${Math.round(slowRss / mib)} MiB`,
      `${Math.round((metrics['libprocess/outbound_bytes'] ?? 0) / mib)} MiB`,
      `${(flood.sent / 1e6).toFixed(2)} M`,
      `${((metrics['libprocess/messages_dropped'] ?? 0) / 1e6).toFixed(2)} M`,
      `${neighbour.p99Ms.toFixed(1)} ms`,
    ];
    process.stdout.write(`| ${cells.join(' | ')} |\n`);
  }
  slow.disconnect();
  quick.disconnect();
  const settled = rows.slice(Math.floor(rows.length / 3));
  const isFlat = (of: (row: Row) => number): boolean => {
    const [first = Number.NaN, ...rest] = settled.map(of);
    return rest.every((rss) => rss <= first * 1.1 + 16 * mib);
  };
  return isFlat((row) => row.rss) && isFlat((row) => row.slowRss);
}

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    policy: { type: 'string', default: 'drop oldest' },
    bytes: { type: 'string', default: '1000' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(help);
} else {
  const isFlat = await overload(Number(values.seconds), values.policy as OutboundPolicy, Number(values.bytes));
  process.stdout.write(isFlat ? '\nMemory stayed flat.\n' : '\nMemory has grown.\n');
  process.exitCode = isFlat ? 0 : 1;
}
