import { PID } from '../../src/index.ts';
import { Probe } from './probe.ts';
import type { FaultBudget, NodeOptions, Scenario, SimulatedNode, Simulation } from '../../src/testing/index.ts';

/** Options of `storm`. */
interface StormOptions {
  readonly nodes: number;
  /** How long a probe waits between two things that it does, in milliseconds at most. */
  readonly pauseMsMax: number;
  /** What goes wrong meanwhile. */
  readonly faults: FaultBudget;
  readonly reconnects?: boolean;
  /** What the nodes' runtimes are made with beside what the simulation gives them. */
  readonly runtime?: NodeOptions['runtime'];
}

// Long enough for every connection that is dead to be noticed: two pings without answer, and a handshake.
const noticedMs = 60_000;

/** A probe on each node, each talking to all others. */
export async function probes(
  simulation: Simulation,
  { nodes, pauseMsMax, reconnects = false, runtime: runtimeOptions = {} }: StormOptions,
): Promise<SimulatedNode<Probe>[]> {
  const names = Array.from({ length: nodes }, (_, index) => `n${index + 1}`);
  const pids = names.map((_, index) => new PID('probe', `10.0.0.${index + 1}:5050`));
  const made: SimulatedNode<Probe>[] = [];
  for (const [index, name] of names.entries()) {
    const others = pids.filter((_, other) => other !== index);
    const node = await simulation.node(
      name,
      ({ runtime, life }) => {
        const probe = new Probe({ id: 'probe', life, others, pauseMsMax, reconnects });
        runtime.spawn(probe);
        return probe;
      },
      { runtime: runtimeOptions },
    );
    made.push(node);
  }
  return made;
}

function pidOf(node: SimulatedNode): PID {
  return node.pid('probe');
}

/**
 * Probes talk, link and unlink while things go wrong, and fail when a runtime breaks a promise. When all is put right, everything must be
 * as it should be.
 */
export function storm(options: StormOptions): Scenario<void> {
  return async (simulation) => {
    const nodes = await probes(simulation, options);
    await simulation.nemesis(options.faults);
    await aftermath(simulation, nodes);
  };
}

/**
 * When nothing goes wrong any more, all must hear of each other again; then all link to all and end one after the other, and everybody must have
 * heard the last words of each, and then of its end, once.
 */
export async function aftermath(simulation: Simulation, nodes: readonly SimulatedNode<Probe>[]): Promise<void> {
  simulation.network.configure({ loss: 0, reset: 0 });
  for (const node of nodes) node.value.rest();
  await simulation.sleep(noticedMs);
  // Where a connection is found dead by what is sent on it, that is lost.
  for (const node of nodes) node.value.sayAll();
  await simulation.sleep(noticedMs);
  for (const node of nodes) node.value.sayAll();
  for (const node of nodes) node.value.linkAll();
  await simulation.settle();
  for (const node of nodes) {
    for (const other of nodes.filter((one) => one !== node)) {
      const life = node.value.lifeOf(pidOf(other));
      if (life !== other.lives) throw new Error(`${node.name} has heard of life ${life} of ${other.name}`);
      if (!node.value.isLinkedTo(pidOf(other))) throw new Error(`${node.name} has lost its link to ${other.name}`);
    }
  }
  const pairs = (nodes.length * (nodes.length - 1)) / 2;
  if (simulation.network.open.size !== 2 * pairs) {
    const ends = [...simulation.network.open].map(({ host, to, number }) => `${host.name}>${to.name}#${number}`);
    throw new Error(`between ${pairs} pairs are open: ${ends.join(' ')}`);
  }
  for (const [index, node] of nodes.entries()) await farewell(simulation, node, nodes.slice(index + 1));
}

async function farewell(
  simulation: Simulation,
  node: SimulatedNode<Probe>,
  left: readonly SimulatedNode<Probe>[],
): Promise<void> {
  const exits = left.map((other) => other.value.exits);
  node.value.finish();
  await simulation.eventually(`all hear of the end of ${node.name}`, () =>
    left.every((other) => !other.value.isLinkedTo(pidOf(node))),
  );
  await simulation.settle();
  for (const [index, other] of left.entries()) {
    if (!other.value.hasLastOf(pidOf(node)))
      throw new Error(`${other.name} has not had the last words of ${node.name}`);
    const heard = other.value.exits - (exits[index] ?? 0);
    if (heard !== 1) throw new Error(`${other.name} has heard ${heard} times of the end of ${node.name}`);
  }
}
