import { parseAddress, type PID } from '@mesos-ts/libprocess';
import { removedAgentsMax } from '../constants.ts';
import { machineKey, noMaintenance, type Maintenance } from '../registrar/maintenance.ts';
import { BoundedMap } from './bounded-map.ts';
import type { AgentInfo, MachineID, MachineInfo, Unavailability } from '@mesos-ts/protocol';

/** The machine that an agent says it is on. As in Mesos, maintenance means it only by its name and its address. */
export function machineOf({ hostname }: AgentInfo, pid: PID): MachineID {
  return { hostname, ip: parseAddress(pid.address).ip };
}

/** What there is of an agent to tell its machine. */
interface Located {
  readonly id: string;
  readonly info: AgentInfo;
  readonly pid: PID;
}

/** The machines: what is planned for them, and which agents are there. */
export class Machines {
  #maintenance = noMaintenance;
  /** The ids of the registered agents of each machine. */
  readonly #agents = new Map<string, Set<string>>();
  /** The machine of each agent, which is the same for all of its stay. */
  readonly #ofAgents = new Map<string, string>();
  /** Machines that are up and were heard of. Mesos forgets none, and answers otherwise of those that it has never heard of. */
  readonly #known = new BoundedMap<string, true>(removedAgentsMax);

  get maintenance(): Maintenance {
    return this.#maintenance;
  }

  /** Takes over what the registry has. */
  set(maintenance: Maintenance): void {
    for (const key of this.#maintenance.machines.keys()) this.#known.set(key, true);
    this.#maintenance = maintenance;
  }

  /** What is planned for a machine; nothing for one that is up. */
  info(machine: MachineID): MachineInfo | undefined {
    return this.#maintenance.machines.get(machineKey(machine));
  }

  /** Whether it was ever heard of. */
  isKnown(machine: MachineID): boolean {
    const key = machineKey(machine);
    return this.#maintenance.machines.has(key) || this.#known.has(key);
  }

  /** Whether no agents are let in from there. */
  isDown(machine: MachineID): boolean {
    return this.info(machine)?.mode === 'DOWN';
  }

  /** When an agent's machine is away; nothing where that is not planned. */
  unavailabilityOf(agentId: string): Unavailability | undefined {
    const { machines } = this.#maintenance;
    // Nothing is planned most of the time, and each offer asks.
    return machines.size === 0 ? undefined : machines.get(this.#ofAgents.get(agentId) ?? '')?.unavailability;
  }

  /** The ids of the agents of a machine. */
  agentsOn(key: string): readonly string[] {
    return [...(this.#agents.get(key) ?? [])];
  }

  addAgent({ id, info, pid }: Located): void {
    const key = machineKey(machineOf(info, pid));
    this.#known.set(key, true);
    this.#ofAgents.set(id, key);
    const agents = this.#agents.get(key);
    if (agents === undefined) this.#agents.set(key, new Set([id]));
    else agents.add(id);
  }

  removeAgent(id: string): void {
    const key = this.#ofAgents.get(id) ?? '';
    this.#ofAgents.delete(id);
    const agents = this.#agents.get(key);
    agents?.delete(id);
    if (agents?.size === 0) this.#agents.delete(key);
  }
}
