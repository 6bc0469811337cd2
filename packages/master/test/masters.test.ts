import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryNetwork, Runtime, SeededRandom } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import test from 'ava';
import { startMaster } from '../src/start-master.ts';
import type { MasterHandle, StartMasterOptions } from '../src/start-master.ts';

const addresses = ['10.0.0.1:5050', '10.0.0.2:5050', '10.0.0.3:5050'];

/** Three masters that elect among themselves by `--masters`, under one clock. */
class ThreeMasters implements AsyncDisposable {
  readonly clock = new TestClock();
  readonly network = new MemoryNetwork();
  readonly running = new Map<string, { readonly master: MasterHandle; readonly runtime: Runtime }>();
  readonly #folders = new Map<string, string>();
  #seed = 0;

  static async start(): Promise<ThreeMasters> {
    const three = new ThreeMasters();
    for (const address of addresses) three.#folders.set(address, await mkdtemp(join(tmpdir(), 'mesos-ts-masters-')));
    await Promise.all(addresses.map((address) => three.boot(address)));
    return three;
  }

  async boot(address: string, more: Pick<StartMasterOptions, 'flags'> = {}): Promise<void> {
    const runtime = await new Runtime({
      clock: this.clock,
      transport: this.network.transport(address),
      random: new SeededRandom(++this.#seed),
      delegate: 'master',
    }).start();
    const starting = startMaster({
      runtime,
      id: `${address}#${this.#seed}`,
      flags: {
        masters: addresses.join(','),
        work_dir: this.#folders.get(address),
        hostname: address.split(':')[0],
        registry: 'in_memory',
        ...more.flags,
      },
    });
    const master = await this.during(starting).catch(async (error: unknown) => {
      await runtime.close();
      throw error;
    });
    this.running.set(address, { master, runtime });
  }

  /** Lets time go by as long as something is not done. */
  async during<T>(promise: Promise<T>): Promise<T> {
    const end = { isDone: false };
    const done = promise.finally(() => {
      end.isDone = true;
    });
    done.catch(() => undefined);
    while (!end.isDone) await this.clock.advance(50);
    return done;
  }

  /** The machine dies. */
  async kill(address: string): Promise<void> {
    const one = this.running.get(address);
    this.running.delete(address);
    if (one === undefined) return;
    await this.during(one.runtime.close());
    await this.during(one.master.close());
  }

  async answer(address: string, url: string): Promise<[number, string]> {
    const one = this.running.get(address);
    if (one === undefined) return [0, ''];
    const { body, headers, status } = await one.runtime.inject({ url });
    return [status, headers['location'] ?? body.toString()];
  }

  /** Waits until one leads, and all that run know it; answers where. */
  async leader(withinMs = 20_000): Promise<string | undefined> {
    for (let leftMs = withinMs; leftMs > 0; leftMs -= 100) {
      const answers = await Promise.all(
        [...this.running.keys()].map(
          async (address) => [address, ...(await this.answer(address, '/redirect'))] as const,
        ),
      );
      const [, status, location] = answers[0] ?? [];
      if (status === 307 && answers.every((each) => each[2] === location)) return location?.slice(2);
      await this.clock.advance(100);
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const address of this.running.keys()) await this.kill(address);
    for (const folder of this.#folders.values()) await rm(folder, { recursive: true, force: true });
  }
}

test('masters that are told of each other by --masters have one leader, and another when it dies; two of three dead have none', async (t) => {
  await using three = await ThreeMasters.start();
  const first = await three.leader();
  t.true(addresses.includes(first ?? ''));
  const others = addresses.filter((address) => address !== first);
  t.is((await three.answer(first ?? '', '/state'))[0], 200);
  t.deepEqual(await three.answer(others[0] ?? '', '/slaves?x=1'), [307, `//${first}/master/slaves?x=1`]);
  await three.kill(first ?? '');
  const second = await three.leader();
  t.true(others.includes(second ?? ''));
  await three.kill(second ?? '');
  const last = others.find((address) => address !== second) ?? '';
  await three.clock.advance(5000);
  t.deepEqual(await three.answer(last, '/state'), [503, 'No leader elected']);
  t.is(await three.leader(10_000), undefined);
  await three.boot(first ?? '');
  t.truthy(await three.leader(), 'with two of three there is one again');
});

test('a leading master that is closed gives way at once', async (t) => {
  await using three = await ThreeMasters.start();
  const first = (await three.leader()) ?? '';
  const { master, runtime } = three.running.get(first) ?? {};
  three.running.delete(first);
  await three.during(master?.close() ?? Promise.resolve());
  t.truthy(await three.leader(2500), 'sooner than a lease would be over');
  await three.during(runtime?.close() ?? Promise.resolve());
});

const wrong = [
  { what: '--zk', flags: { zk: 'zk://h:1/p' }, error: /--masters and --zk are two ways/ },
  { what: 'no --work_dir', flags: { work_dir: undefined }, error: /--work_dir needed with --masters/ },
  {
    what: 'a list without this master',
    flags: { masters: '10.0.0.2:5050,10.0.0.3:5050' },
    error: /which is not in the list of masters/,
  },
  { what: '--quorum=1', flags: { quorum: 1 }, error: /would let two of them lead at a time: it takes 2/ },
] as const;

for (const { error, flags, what } of wrong) {
  test(`${what} beside --masters is refused, with what is wrong`, async (t) => {
    await using three = new ThreeMasters();
    const folder = await mkdtemp(join(tmpdir(), 'mesos-ts-masters-'));
    const all = { work_dir: folder, ...flags };
    await t.throwsAsync(three.boot('10.0.0.1:5050', { flags: all }), { message: error });
    await rm(folder, { recursive: true, force: true });
  });
}

test('a master that cannot start serves nobody any more', async (t) => {
  const work_dir = await mkdtemp(join(tmpdir(), 'mesos-ts-masters-'));
  const flags = { ip: '127.0.0.1', port: 0, masters: '127.0.0.1:1,127.0.0.1:2,127.0.0.1:3', work_dir };
  const error = await t.throwsAsync(startMaster({ flags }), { instanceOf: Error });
  const [, own] = /^This master is (127\.0\.0\.1:[1-9]\d*), which is not in the list/.exec(error.message) ?? [];
  t.truthy(own);
  await t.throwsAsync(fetch(`http://${own}/health`), { message: 'fetch failed' });
  await rm(work_dir, { recursive: true, force: true });
});
