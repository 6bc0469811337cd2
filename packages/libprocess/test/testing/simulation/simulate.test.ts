import test from 'ava';
import { Process, ProcessError, deferred } from '../../../src/index.ts';
import { simulate, simulateSeeds } from '../../../src/testing/index.ts';
import { storm } from '../../support/storm.ts';
import { Collector } from '../../support/actors.ts';
import type { Scenario, SimulateOptions } from '../../../src/testing/index.ts';

const nothing = (): void => undefined;

const stormy = storm({
  nodes: 3,
  pauseMsMax: 200,
  faults: { withinMs: 5_000, partitions: 1, resets: 4, crashes: 1, pauses: 1 },
});

/** What a scenario that must fail reports. */
async function failure(scenario: Scenario<unknown>, options: SimulateOptions = {}): Promise<ProcessError> {
  const reports: string[] = [];
  const outcome = await simulate(42, scenario, { ...options, report: (text) => reports.push(text) }).catch(
    (error: unknown) => error as ProcessError,
  );
  if (!(outcome instanceof ProcessError)) throw new Error('it has not failed');
  if (reports.length !== 1 || reports[0]?.includes(outcome.message) !== true) throw new Error('it was not reported');
  return outcome;
}

async function traceOf(seed: number): Promise<string> {
  return (await simulate(seed, stormy, { traceMax: Infinity })).trace.lines().join('\n');
}

/** In which order three actors are heard that all speak at once. */
async function race(seed: number): Promise<string> {
  const { value } = await simulate(seed, async (simulation) => {
    const node = await simulation.node('n', ({ runtime }) => {
      const judge = new Collector('judge');
      const pid = runtime.spawn(judge);
      for (const id of ['x', 'y', 'z']) runtime.tell(runtime.spawn(new Collector(id)), 'emit', pid, 0, 1);
      return judge;
    });
    await simulation.settle();
    return node.value.got.items.map(({ from }) => from[0]).join('');
  });
  return value;
}

test('the same seed gives the same trace, byte for byte, and another seed another one', async (t) => {
  for (let seed = 1; seed <= 5; seed++) {
    const [first, second, other] = [await traceOf(seed), await traceOf(seed), await traceOf(seed + 1)];
    t.true(first.length > 20_000);
    t.true(first === second, `seed ${seed}`);
    t.false(first === other);
  }
});

test('the same seed gives the same trace also while other simulations run at the same time', async (t) => {
  const alone = await traceOf(7);
  const [among] = await Promise.all([traceOf(7), traceOf(8), traceOf(9)]);
  t.true(among === alone);
});

test('time passes by itself and only when nobody has anything to do; a scenario waits for what it likes', async (t) => {
  const { value, elapsedMs } = await simulate(
    1,
    async (simulation) => {
      const moments: number[] = [];
      const node = await simulation.node('n', ({ runtime }) => runtime.spawn(new Collector('c')));
      moments.push(simulation.nowMs);
      await simulation.sleep(10_000);
      moments.push(simulation.nowMs);
      node.runtime.send(node.value, 'item', 1);
      await simulation.settle();
      moments.push(simulation.nowMs);
      await Promise.all([simulation.sleep(50), simulation.sleep(100)]);
      moments.push(simulation.nowMs);
      return moments;
    },
    { turnMs: [0, 0] },
  );
  t.deepEqual(value, [0, 10_000, 10_000, 10_100]);
  t.is(elapsedMs, 10_100);
});

test('a failure tells the seed to repeat it with, what happened last, and its cause', async (t) => {
  const cause = new Error('two leaders');
  const failed = await failure(async (simulation) => {
    const node = await simulation.node('lonely', ({ runtime }) => runtime.spawn(new Collector('c')));
    node.runtime.send(node.value, 'item', 'this one');
    await simulation.settle();
    throw cause;
  });
  t.is(failed.code, 'SIMULATION_FAILED');
  t.is(failed.cause, cause);
  t.regex(failed.message, /^two leaders\n\nRepeat it with SEED=42\. What happened last, of 2 events:\n/);
  t.regex(
    failed.message,
    /lonely +start +at 10\.0\.0\.1:5050, life 1\n.*lonely +handle +c <- item "this one" from @0\.0\.0\.0:0$/,
  );
});

test('of many seeds the first that fails ends it, and the environment variable SEED repeats that one alone', async (t) => {
  const seeds: number[] = [];
  const scenario: Scenario<void> = (simulation) => {
    seeds.push(simulation.seed);
    return simulation.seed % 13 === 0 ? Promise.reject(new Error('unlucky')) : Promise.resolve();
  };
  await t.throwsAsync(simulateSeeds({ first: 10, seeds: 100, report: nothing }, scenario), {
    message: /unlucky\n\n.*SEED=13/,
  });
  t.deepEqual(seeds.splice(0), [10, 11, 12, 13]);
  t.is(await simulateSeeds({ seeds: 5, env: { SEED: '21' } }, scenario), 1);
  t.is(await simulateSeeds({ first: 1, seeds: 5, env: { SEEDS: '7' } }, scenario), 7);
  t.deepEqual(seeds, [21, 1, 2, 3, 4, 5, 6, 7]);
  for (const wrong of [{ SEED: 'x' }, { SEED: '' }, { SEEDS: '-1' }]) {
    await t.throwsAsync(simulateSeeds({ seeds: 5, env: wrong }, scenario), { code: 'ENVIRONMENT_INVALID' });
  }
});

test('a claim of always is looked at after every step, until it is taken back', async (t) => {
  let looks = 0;
  const count: Scenario<void> = async (simulation) => {
    const node = await simulation.node('n', ({ runtime }) => {
      const collector = new Collector('c');
      return { collector, pid: runtime.spawn(collector) };
    });
    const stop = simulation.always('less than three', () => {
      looks++;
      return node.value.collector.got.items.length < 3;
    });
    for (let item = 0; item < 2; item++) node.runtime.send(node.value.pid, 'item');
    await simulation.settle();
    if (simulation.seed === 1) stop();
    node.runtime.send(node.value.pid, 'item');
    await simulation.settle();
  };
  await simulate(1, count);
  t.true(looks >= 2);
  t.regex((await failure(count)).message, /^Does not hold: less than three\n/);
  const failed = await failure(async (simulation) => {
    simulation.always('it throws', () => {
      throw new Error('with its own words');
    });
    await simulation.sleep(1);
  });
  t.regex(failed.message, /^with its own words\n/);
});

test('eventually resolves at the moment when it holds, and fails when its time is over', async (t) => {
  const { elapsedMs } = await simulate(1, async (simulation) => {
    let set = false;
    void simulation.sleep(777).then(() => (set = true));
    await simulation.eventually('it is set', () => set);
  });
  t.is(elapsedMs, 777);
  const failed = await failure((simulation) => simulation.eventually('the sun rises in the west', () => false, 5_000));
  t.regex(failed.message, /^Not within 5000 ms: the sun rises in the west\n/);
});

test('a scenario that waits for what will never happen, takes too long or lets no time pass fails instead of hanging', async (t) => {
  t.regex(
    (await failure(() => new Promise(nothing))).message,
    /^The scenario waits for something that will never happen/,
  );
  const long = await failure((simulation) => simulation.sleep(1_001), { timeMaxMs: 1_000 });
  t.regex(long.message, /^The scenario takes longer than 1000 ms/);
  class Restless extends Process {
    protected override initialize(): void {
      this.install('again', () => {
        this.send(this.self, 'again');
      });
      this.send(this.self, 'again');
    }
  }
  const busy = await failure(
    async (simulation) => {
      await simulation.node('n', ({ runtime }) => runtime.spawn(new Restless()));
      await simulation.sleep(1);
    },
    { stepsMax: 1_000, turnMs: [0, 0] },
  );
  t.regex(busy.message, /^The scenario takes more than 1000 steps/);
});

test('an actor that fails, and a program that cannot start, fail the simulation, unless actors may', async (t) => {
  class Failing extends Process {
    protected override initialize(): void {
      this.delay(10, () => {
        throw new Error('broken');
      });
    }
  }
  const scenario: Scenario<void> = async (simulation) => {
    await simulation.node('n', ({ runtime }) => runtime.spawn(new Failing('f')));
    await simulation.sleep(100);
  };
  t.regex((await failure(scenario)).message, /^On node n: Actor f failed in 'timer' and ends: Error: broken/);
  await t.notThrowsAsync(simulate(1, scenario, { actorsMayFail: true }));
  const unable = await failure(async (simulation) => {
    await simulation.node('n', () => {
      throw new Error('cannot start');
    });
  });
  t.regex(unable.message, /^cannot start\n/);
});

test('at the end every node is closed and must have nothing left', async (t) => {
  class Lasting extends Process {
    protected override initialize(): void {
      this.delay(1_000_000, nothing);
    }
  }
  await t.notThrowsAsync(
    simulate(1, async (simulation) => {
      await simulation.node('n', ({ runtime }) => runtime.spawn(new Lasting()));
    }),
  );
  const failed = await failure(async (simulation) => {
    await simulation.node('n', ({ runtime }) => {
      runtime.clock.timer(1_000_000, nothing);
    });
  });
  t.regex(failed.message, /^Node n has been closed and still has 1 timers/);
});

test('time stands still while an operation outside is tracked', async (t) => {
  const gate = deferred<void>();
  const { value } = await simulate(1, async (simulation) => {
    const node = await simulation.node('n', ({ runtime }) => {
      void runtime.track(gate.promise);
    });
    const { signal } = node;
    const slept = simulation.sleep(5).then(() => simulation.nowMs);
    const before = await new Promise<number>((resolve) => {
      setImmediate(() => {
        setImmediate(() => {
          resolve(simulation.nowMs);
          gate.resolve();
        });
      });
    });
    return [before, await slept, signal.aborted];
  });
  t.deepEqual(value, [0, 5, false]);
});

test('who runs next follows from the seed: two actors that race win in turns, and the same one under the same seed', async (t) => {
  const winners = new Set<string>();
  for (let seed = 1; seed <= 60; seed++) {
    const order = await race(seed);
    winners.add(order);
    t.is(await race(seed), order);
  }
  t.is(winners.size, 6);
});
