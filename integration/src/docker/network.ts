import { waitUntil } from '../wait-until.ts';
import type { Engine } from './engine.ts';

type Network = Awaited<ReturnType<Engine['container']['dockerode']['createNetwork']>>;

/** A private network whose addresses are ours to give. */
export interface ClusterNetwork {
  readonly id: string;
  readonly name: string;
  /** The address of the n-th node. */
  readonly address: (index: number) => string;
  readonly remove: () => Promise<void>;
}

/** Networks 10.213.0.0/24 to 10.213.255.0/24 are tried: an address can be chosen only in a subnet that was. */
const subnetsMax = 256;
const subnetPrefix = '10.213';
/** The network itself, the engine's gateway, and some room. */
const firstHost = 10;
const hostsMax = 200;

let networksMade = 0;

/** Makes a network without a way out, in the first subnet that nobody uses. */
export async function createNetwork(engine: Engine, labels: Readonly<Record<string, string>>): Promise<ClusterNetwork> {
  const { dockerode } = engine.container;
  networksMade += 1;
  const name = `mesos-ts-${process.pid}-${networksMade}`;
  for (let attempt = 0; attempt < subnetsMax; attempt += 1) {
    const subnet = `${subnetPrefix}.${(process.pid + attempt) % subnetsMax}`;
    try {
      const network = await dockerode.createNetwork({
        Name: name,
        Driver: 'bridge',
        Internal: true,
        IPAM: { Driver: 'default', Config: [{ Subnet: `${subnet}.0/24` }] },
        Labels: { ...labels },
      });
      return {
        id: network.id,
        name,
        address: (index) => addressIn(subnet, index),
        remove: () => removeNetwork(network),
      };
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes('overlaps')) throw error;
    }
  }
  throw new Error(`All ${subnetsMax} subnets of ${subnetPrefix}.0.0/16 are in use`);
}

/** The engine may take containers off a network some time after it has removed them, or forget to where they were cut off just then. */
async function removeNetwork(network: Network): Promise<void> {
  const remove = async (): Promise<boolean> => {
    const { Containers: left = {} } = (await network.inspect()) as { Containers?: Record<string, { Name: string }> };
    const names = Object.values(left).map(({ Name }) => Name);
    await Promise.allSettled(names.map((name) => network.disconnect({ Container: name, Force: true })));
    await network.remove();
    return true;
  };
  await waitUntil('the network is removed', remove, (isRemoved) => isRemoved);
}

function addressIn(subnet: string, index: number): string {
  if (index >= hostsMax) throw new Error(`A cluster has room for ${hostsMax} nodes`);
  return `${subnet}.${firstHost + index}`;
}
