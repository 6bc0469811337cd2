// What maintenance means for the agents of machines.
import { removeAgent } from './agents.ts';
import { withdrawInverseOffers } from './inverse-offers.ts';
import { withdrawOffers } from './offers.ts';
import { agentName } from './turn.ts';
import { machineKey, type Maintenance } from '../registrar/maintenance.ts';
import { equalMessages } from '../validation/equal.ts';
import type { MachineID, Unavailability } from '@mesos-ts/protocol';
import type { AgentRecord } from '../state/agent.ts';
import type { Turn } from './turn.ts';

/** What agents are told when an operator takes their machine down. */
const downMessage = "Operator initiated 'Machine DOWN'";

/** Takes over a plan that the registry has. What was offered of machines for which it is another is offered anew. */
export function replan(turn: Turn, after: Maintenance): void {
  const { machines } = turn.cluster;
  const before = machines.maintenance;
  machines.set(after);
  for (const key of new Set([...before.machines.keys(), ...after.machines.keys()])) {
    const unavailability = after.machines.get(key)?.unavailability;
    if (isSame(before.machines.get(key)?.unavailability, unavailability)) continue;
    for (const agent of agentsOn(turn, key)) announce(turn, agent, unavailability);
  }
}

/** Takes over a plan by which machines are down: their agents are told to end, and removed. */
export function takeDown(turn: Turn, after: Maintenance, ids: readonly MachineID[]): void {
  turn.cluster.machines.set(after);
  for (const id of ids) {
    turn.info(`Machine ${nameOf(id)} is down`);
    for (const agent of agentsOn(turn, machineKey(id))) removeWithMachine(turn, agent);
  }
}

/** Removes an agent whose machine is down. */
export function removeWithMachine(turn: Turn, agent: AgentRecord): void {
  turn.send(agent.pid, 'mesos.internal.ShutdownMessage', { message: downMessage });
  removeAgent(turn, agent, downMessage);
}

/** Tells frameworks when an agent will be away, or that it will not, with its next offers. */
function announce(turn: Turn, agent: AgentRecord, unavailability: Unavailability | undefined): void {
  const what =
    unavailability === undefined
      ? 'no more to be away'
      : `to be away from ${new Date(unavailability.start.nanoseconds / 1e6).toISOString()} on`;
  turn.info(`${agentName(agent)} is ${what}`);
  withdrawOffers(turn, agent.offers, 'rescind', 'The maintenance of the machine is planned otherwise');
  const { inverseOffers } = turn.cluster;
  withdrawInverseOffers(turn, inverseOffers.ofAgent(agent.id), 'rescind');
  // What was answered was about another time.
  inverseOffers.forgetAnswers(agent.id);
  turn.allocator({ type: 'update-unavailability', agentId: agent.id, unavailability });
}

function agentsOn({ cluster }: Turn, key: string): AgentRecord[] {
  return cluster.machines
    .agentsOn(key)
    .map((id) => cluster.agents.get(id))
    .filter((agent) => agent !== undefined);
}

function isSame(left: Unavailability | undefined, right: Unavailability | undefined): boolean {
  return left === undefined || right === undefined ? left === right : equalMessages(left, right);
}

/** How a machine is called in the log. */
function nameOf({ hostname = '', ip = '' }: MachineID): string {
  return ip === '' ? hostname : `${hostname} (${ip})`;
}
