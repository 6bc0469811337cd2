import { BlockWriter, concat } from './blocks.ts';
import {
  decode,
  encode,
  toJson,
  type Registry,
  type Registry_GoneSlave,
  type JsonObject,
  type Registry_Slave,
  type Registry_UnreachableSlave,
} from '@mesos-ts/protocol';

/** What is in the registry beside agents. */
export type RegistryRest = Omit<Registry, 'slaves' | 'unreachable' | 'gone'>;

/** What is in the registry, with its agents by their ids, in the order in which they came. Nothing of it is ever changed in place. */
export interface RegistryContents {
  readonly agents: ReadonlyMap<string, Registry_Slave>;
  readonly unreachable: ReadonlyMap<string, Registry_UnreachableSlave>;
  readonly gone: ReadonlyMap<string, Registry_GoneSlave>;
  readonly rest: Readonly<RegistryRest>;
}

/** A registry that nobody has written to. */
export const emptyRegistry: RegistryContents = { agents: new Map(), unreachable: new Map(), gone: new Map(), rest: {} };

/** Contents that are being changed. Those that they begin with stay as they are: a list is copied when it is first written to. */
export class RegistryDraft implements RegistryContents {
  rest: Readonly<RegistryRest>;
  readonly #agents: Copied<Registry_Slave>;
  readonly #unreachable: Copied<Registry_UnreachableSlave>;
  readonly #gone: Copied<Registry_GoneSlave>;

  constructor({ agents, gone, rest, unreachable }: RegistryContents) {
    this.rest = rest;
    this.#agents = { map: agents };
    this.#unreachable = { map: unreachable };
    this.#gone = { map: gone };
  }

  get agents(): ReadonlyMap<string, Registry_Slave> {
    return this.#agents.map;
  }

  get unreachable(): ReadonlyMap<string, Registry_UnreachableSlave> {
    return this.#unreachable.map;
  }

  get gone(): ReadonlyMap<string, Registry_GoneSlave> {
    return this.#gone.map;
  }

  /** The agents, to be written to. */
  writeAgents(): Map<string, Registry_Slave> {
    return writable(this.#agents);
  }

  writeUnreachable(): Map<string, Registry_UnreachableSlave> {
    return writable(this.#unreachable);
  }

  writeGone(): Map<string, Registry_GoneSlave> {
    return writable(this.#gone);
  }

  /** The contents as they are now. The draft is not to be used any more. */
  finish(): RegistryContents {
    return { agents: this.agents, unreachable: this.unreachable, gone: this.gone, rest: this.rest };
  }
}

interface Copied<V> {
  map: ReadonlyMap<string, V>;
  copy?: Map<string, V>;
}

function writable<V>(list: Copied<V>): Map<string, V> {
  list.copy ??= new Map(list.map);
  list.map = list.copy;
  return list.copy;
}

/** Reads a registry. Throws a `ProtocolError` for what is none. */
export function readRegistry(bytes: Uint8Array): RegistryContents {
  const { gone, slaves, unreachable, ...rest } = decode('mesos.internal.Registry', bytes);
  return {
    agents: new Map((slaves?.slaves ?? []).map((agent) => [agent.info.id?.value ?? '', agent])),
    unreachable: new Map((unreachable?.slaves ?? []).map((agent) => [agent.id.value, agent])),
    gone: new Map((gone?.slaves ?? []).map((agent) => [agent.id.value, agent])),
    rest,
  };
}

/**
 * Writes registries. What is written of an agent is kept for as long as the agent is in one, so that a change costs little more than to
 * copy what is there. Each agent is a registry of its own with nothing else in it: protobuf reads what stands one after the other as one
 * message. So nothing that stands before an agent, no length for example, changes with it, and two registries differ by what differs.
 */
export class RegistryWriter {
  readonly #agents = new BlockWriter<Registry_Slave>((agent) => part({ slaves: { slaves: [agent] } }));
  readonly #unreachable = new BlockWriter<Registry_UnreachableSlave>((agent) =>
    part({ unreachable: { slaves: [agent] } }),
  );
  readonly #gone = new BlockWriter<Registry_GoneSlave>((agent) => part({ gone: { slaves: [agent] } }));

  write({ agents, gone, rest, unreachable }: RegistryContents): Uint8Array {
    return concat([
      part(rest),
      ...this.#gone.write(gone.values()),
      ...this.#unreachable.write(unreachable.values()),
      ...this.#agents.write(agents.values()),
    ]);
  }
}

function part(registry: Registry): Uint8Array {
  return encode('mesos.internal.Registry', registry);
}

/** What `/registrar(1)/registry` shows. What is empty is left out, as in Mesos. */
export function registryJson({ agents, gone, rest, unreachable }: RegistryContents): JsonObject {
  return toJson('mesos.internal.Registry', {
    ...rest,
    ...(agents.size === 0 ? {} : { slaves: { slaves: [...agents.values()] } }),
    ...(unreachable.size === 0 ? {} : { unreachable: { slaves: [...unreachable.values()] } }),
    ...(gone.size === 0 ? {} : { gone: { slaves: [...gone.values()] } }),
  });
}
