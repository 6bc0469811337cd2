/** What holds of masters while the servers of their election service are cut off from each other, as a test. */
import { join } from 'node:path';
import type { TestEnsemble } from '@mesos-ts/election/testing';
import { Runtime, SystemClock, WebSocketTransport, after } from '@mesos-ts/libprocess';
import { eventually, freePort, temporaryFolder } from '@mesos-ts/libprocess/testing';
import type { TestFn } from 'ava';
import { startMaster } from '../../src/start-master.ts';
import type { MasterHandle } from '../../src/start-master.ts';

/** Long, so that none is over because this machine has much else to do. */
const sessionTimeoutMs = 10_000;
const testTimeoutMs = 280_000;
const pauseMs = 20;

/** What differs between services. */
export interface CutEnsembleOptions {
  readonly name: string;
  /** Why it cannot be started here; undefined when it can. */
  readonly absence: string | undefined;
  readonly start: () => Promise<TestEnsemble>;
  /** What masters are told by `--zk`. */
  readonly url: (ports: readonly number[]) => string;
}

/** A master on one disk and port. A supervisor starts it again when it has ended by itself. */
class Place implements AsyncDisposable {
  readonly log: string[] = [];
  readonly #url: string;
  readonly #port: number;
  readonly #folder: string;
  #running: MasterHandle | undefined;
  #restarted: Promise<void> = Promise.resolve();
  #isEnded = false;

  constructor(url: string, port: number, folder: string) {
    this.#url = url;
    this.#port = port;
    this.#folder = folder;
  }

  get running(): MasterHandle {
    if (this.#running === undefined) throw new TypeError('It has not been started');
    return this.#running;
  }

  async boot(): Promise<void> {
    const write = (line: string): void => void this.log.push(line);
    const logger = { debug: () => undefined, info: write, warn: write, error: write };
    const transport = new WebSocketTransport({ ip: '127.0.0.1', port: this.#port });
    const runtime = await new Runtime({ transport, delegate: 'master', logger }).start();
    const flags = { zk: this.#url, quorum: 2, work_dir: this.#folder, zk_session_timeout: sessionTimeoutMs };
    const master = await startMaster({ runtime, flags });
    this.#running = master;
    this.#restarted = master.ended.then(() => this.#again(master));
  }

  async #again(master: MasterHandle): Promise<void> {
    if (this.#isEnded) return;
    await master.close();
    await master.runtime.close();
    await this.boot();
  }

  /** Ends it for good. */
  async end(): Promise<void> {
    this.#isEnded = true;
    let master: MasterHandle;
    do {
      master = this.running;
      await master.close();
      await this.#restarted;
    } while (master !== this.running);
    await master.runtime.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }

  /** Whether it takes itself for the leader; not while it is started again. */
  async leads(): Promise<boolean> {
    try {
      const { body } = await this.running.runtime.inject({ url: '/metrics/snapshot' });
      return (JSON.parse(body.toString()) as Record<string, unknown>)['master/elected'] === 1;
    } catch {
      return false;
    }
  }

  /** Resolves to whether the change of the registry was acknowledged. */
  async store(role: string): Promise<boolean> {
    const body = JSON.stringify([{ role, weight: 2 }]);
    try {
      return (await this.running.runtime.inject({ method: 'PUT', url: '/weights', body })).status === 200;
    } catch {
      return false;
    }
  }

  async roles(): Promise<ReadonlySet<string>> {
    const { body, status } = await this.running.runtime.inject({ url: '/weights' });
    const weights = status === 200 ? (JSON.parse(body.toString()) as readonly { role: string }[]) : [];
    return new Set(weights.map(({ role }) => role));
  }
}

/** Changes the registry by whoever lets it, all the time; and looks who leads. */
class Operator implements AsyncDisposable {
  readonly acknowledged: string[] = [];
  /** How many led at a time, at most. */
  leadersMax = 0;
  readonly #places: readonly Place[];
  readonly #clock = new SystemClock();
  readonly #busy: Promise<unknown>;
  #count = 0;
  #isOver = false;

  constructor(places: readonly Place[]) {
    this.#places = places;
    this.#busy = Promise.all([this.#look(), ...places.map((place) => this.#write(place))]);
  }

  /** Resolves when another change has been acknowledged. */
  async another(): Promise<void> {
    const before = this.acknowledged.length;
    await eventually(() => this.acknowledged.length > before, 'a change of the registry');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#busy;
  }

  async #look(): Promise<void> {
    while (!this.#isOver) {
      const leads = await Promise.all(this.#places.map((place) => place.leads()));
      this.leadersMax = Math.max(this.leadersMax, leads.filter((each) => each).length);
      await after(this.#clock, pauseMs);
    }
  }

  async #write(place: Place): Promise<void> {
    while (!this.#isOver) {
      const role = `r${++this.#count}`;
      if (await place.store(role)) this.acknowledged.push(role);
      await after(this.#clock, pauseMs);
    }
  }
}

/** Declares the test. */
export function cutEnsembleTest(test: TestFn, { absence, name, start, url }: CutEnsembleOptions): void {
  if (absence !== undefined && process.env['MESOS_REQUIRE_ELECTION_SERVICES'] !== '1') {
    test(`masters over ensembles of ${name} are not tested: ${absence}`, (t) => {
      t.log(absence);
      t.pass();
    });
    return;
  }

  test(`${name}: of masters over an ensemble that is cut apart two never lead, and no change of the registry that was acknowledged is lost`, async (t) => {
    t.timeout(testTimeoutMs);
    await using ensemble = await start();
    await using folder = await temporaryFolder();
    // The one whose clients are all on one side of the cut, though the masters themselves reach each other.
    const cut = ((await ensemble.leader()) + 1) % 3;
    const portOf = (index: number): number => ensemble.servers[index]?.port ?? 0;
    const rest = [0, 1, 2].filter((index) => index !== cut).map(portOf);
    const place = async (ports: readonly number[], who: string): Promise<Place> =>
      new Place(url(ports), await freePort(), join(folder.path, who));
    await using first = await place([portOf(cut)], 'first');
    await using second = await place(rest, 'second');
    await using third = await place(rest, 'third');
    const places = [first, second, third];
    await first.boot();
    // Whoever is there first is elected; its log needs another one to begin.
    await eventually(() => first.log.some((line) => line.includes('Elected as the leading master')), 'its election');
    for (const each of [second, third]) await each.boot();
    await eventually(() => first.leads(), 'the first one leads');

    await using operator = new Operator(places);
    await operator.another();
    const deposed = first.running;
    ensemble.links.isolate(cut);
    t.is(await deposed.ended, 'failed');
    await operator.another();

    ensemble.links.heal();
    await operator.another();
    // What was acknowledged is known to whoever comes next, too.
    const leader = (await second.leads()) ? second : third;
    await leader.end();
    await operator.another();
    await operator[Symbol.asyncDispose]();
    const others = places.filter((each) => each !== leader);
    let roles: ReadonlySet<string> = new Set();
    await eventually(async () => {
      for (const each of others) if (await each.leads()) roles = await each.roles();
      return roles.size > 0;
    }, 'the next one leads');
    t.deepEqual(
      operator.acknowledged.filter((role) => !roles.has(role)),
      [],
    );
    t.is(operator.leadersMax, 1);
    t.log(`${operator.acknowledged.length} changes`);
  });
}
