import test from 'ava';
import { MemoryNetwork, WebSocketTransport } from '../../src/index.ts';
import { Cycles } from '../support/cycles.ts';
import { eventually } from '../support/eventually.ts';
import { heapUsed } from '../support/heap.ts';

// More of them are a soak, of minutes: SOCKET_CYCLES=100000 npx ava packages/libprocess/dist/test/remote/leaks.test.js
const socketCycles = Number(process.env['SOCKET_CYCLES'] ?? 400);
const nothing = { actors: 0, peers: 0, timers: 0, 'links without an end': 0 };

test.serial(
  '100,000 runtimes are connected to, linked with and end: no connection, timer, actor, link or memory stays',
  async (t) => {
    t.timeout(300_000);
    const network = new MemoryNetwork();
    const cycles = await Cycles.start(() => network.transport());
    await cycles.run(10_000, 50);
    const before = heapUsed();
    await cycles.run(90_000, 50);
    const grown = heapUsed() - before;
    t.deepEqual(cycles.left(), nothing);
    t.true(cycles.hellos >= 75_000);
    // Much less than one object for each.
    t.true(grown < 90_000 * 16, `${grown} bytes`);
    await cycles.close();
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

test.serial('the same hundreds of times over sockets: no socket, server or listener stays either', async (t) => {
  t.timeout(300_000 + 100 * socketCycles);
  const cycles = await Cycles.start(() => new WebSocketTransport());
  await cycles.run(200, 10);
  const heapBefore = heapUsed();
  const [socketsBefore, listenersBefore] = [resources(), listeners()];
  await cycles.run(socketCycles, 10);
  t.deepEqual(cycles.left(), nothing);
  t.true(cycles.hellos >= 0.75 * socketCycles);
  await eventually(() => JSON.stringify(resources()) === JSON.stringify(socketsBefore), 'every socket is closed');
  t.is(listeners(), listenersBefore);
  const grown = heapUsed() - heapBefore;
  // So much stays however many they are: code that has been compiled meanwhile, and the like.
  t.true(grown < 20_000_000 + 16 * socketCycles, `${grown} bytes`);
  if (socketCycles > 400) t.log(`the heap has grown by ${grown} bytes over ${socketCycles} cycles`);
  await cycles.close();
  await eventually(() => Object.keys(resources()).length === 0, 'the last server is closed');
});
