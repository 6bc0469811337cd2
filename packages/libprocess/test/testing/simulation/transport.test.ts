import test from 'ava';
import { simulate, transportSuite } from '../../../src/testing/index.ts';
import { SimulatedTransport } from '../../../src/testing/simulation/transport.ts';
import type { Endpoint, Host } from '../../../src/testing/simulation/network.ts';
import type { Simulation, SuiteAssertions } from '../../../src/testing/index.ts';

let simulation: Simulation | undefined;
let hosts = 0;

/** A machine that never fails. */
function host(world: Simulation, address: string): Host {
  const made: Host = {
    name: `h${++hosts}`,
    address,
    paused: false,
    reachable: true,
    boots: 1,
    listener: undefined as Endpoint | undefined,
  };
  world.network.attach(made);
  return made;
}

/** Runs each test within simulations, whose time passes while the test waits. */
function within(title: string, run: (t: SuiteAssertions) => Promise<void>): void {
  test.serial(title, async (t) => {
    for (let seed = 1; seed <= 20; seed++) {
      await simulate(seed, async (world) => {
        simulation = world;
        await run(t);
      });
    }
  });
}

transportSuite(within, {
  name: 'simulated',
  setup: () => {
    const world = simulation;
    if (world === undefined) throw new Error('outside of a test');
    const known = new Map<string, Host>();
    return {
      transport: (address = `10.0.0.${known.size + 1}:5050`) => {
        const machine = known.get(address) ?? host(world, address);
        known.set(address, machine);
        return new SimulatedTransport(world.network, machine);
      },
    };
  },
});
