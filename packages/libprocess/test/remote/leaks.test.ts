import test from 'ava';
import { MemoryNetwork, WebSocketTransport } from '../../src/index.ts';
import { Cycles } from '../support/cycles.ts';
import { eventually } from '../../src/testing/index.ts';
import { heapUsed, valuesHeld } from '../support/heap.ts';

// More of them are a soak, of minutes: SOCKET_CYCLES=100000 npx ava packages/libprocess/dist/test/remote/leaks.test.js
const socketCycles = Number(process.env['SOCKET_CYCLES'] ?? 400);
const nothing = { actors: 0, peers: 0, timers: 0, 'links without an end': 0 };

test.serial(
  '100,000 runtimes are connected to, linked with and end: no connection, timer, actor, link or memory stays',
  async (t) => {
    t.timeout(300_000);
    const network = new MemoryNetwork();
    const cycles = await Cycles.start(() => network.transport());
    t.teardown(() => cycles.close());
    await cycles.run(10_000, 50);
    const before = heapUsed();
    await cycles.run(90_000, 50);
    const grown = heapUsed() - before;
    t.deepEqual(cycles.left(), nothing);
    t.true(cycles.hellos >= 75_000);
    // Much less than one object for each.
    t.true(grown < 90_000 * 16, `${grown} bytes`);
  },
);

/** How many of each kind of what keeps the event loop alive there are, but for the wake of timers. */
function resources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    if (kind.startsWith('TCP')) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** Listeners on the OS process, which whoever forgets to take one away adds up. */
function listeners(): number {
  return process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
}

test.serial(
  'the same hundreds of times over sockets: no socket, server, listener or object stays either',
  async (t) => {
    t.timeout(300_000 + 100 * socketCycles);
    const none = resources();
    const cycles = await Cycles.start(() => new WebSocketTransport());
    t.teardown(() => cycles.close());
    const one = resources();
    const measure = async (): Promise<{ values: number; bytes: number; listeners: number }> => {
      await eventually(() => JSON.stringify(resources()) === JSON.stringify(one), 'every socket is closed');
      return { values: await valuesHeld(), bytes: heapUsed(), listeners: listeners() };
    };
    // Measuring leaves something behind too, the first time.
    await cycles.run(200, 10);
    await measure();
    await cycles.run(200, 10);
    const before = await measure();
    await cycles.run(socketCycles, 10);
    const after = await measure();
    t.deepEqual(cycles.left(), nothing);
    t.true(cycles.hellos >= 0.75 * socketCycles);
    t.is(after.listeners, before.listeners);
    const values = after.values - before.values;
    // One object, closure or text that one of the four ways of a cycle leaves behind would be twice as many.
    t.true(values < socketCycles / 8, `${values} values are held that were not`);
    // What is compiled meanwhile is hundreds of kilobytes, however many they are.
    const bytes = after.bytes - before.bytes;
    t.true(bytes < 2_000_000 + 16 * socketCycles, `${bytes} bytes`);
    if (socketCycles > 400) t.log(`${values} values and ${bytes} bytes more after ${socketCycles} cycles`);
    await cycles.close();
    await eventually(() => JSON.stringify(resources()) === JSON.stringify(none), 'the last server is closed');
  },
);
