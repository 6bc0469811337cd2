import { ClusterNode } from './cluster-node.ts';
import type { Engine } from './docker/engine.ts';
import { buildImage } from './docker/image.ts';
import { NodeContainer } from './docker/node-container.ts';
import { ownLabels, removeLeftovers } from './docker/ownership.ts';
import { createNetwork, type ClusterNetwork } from './docker/network.ts';
import { NodeOutput } from './node-output.ts';

/** How a node is started. */
export interface NodeOptions {
  /** The host name. */
  readonly name: string;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Contents of files to make before the start, by absolute path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Files and folders of the engine's machine, to be found at the same paths; these need an engine on this machine. @default none */
  readonly shared?: readonly string[];
  /** When the node counts as started: a line it prints, or a path that answers well. @default at once */
  readonly ready?: RegExp | { readonly port: number; readonly path: string };
  /** @default 60 seconds */
  readonly readyTimeoutMs?: number;
}

/** Flags by their Mesos names; true and false become `--name` and `--no-name`. */
export type NodeFlags = Readonly<Record<string, string | number | boolean>>;

/** What an agent's node has besides the agent. */
export interface AgentOptions {
  /** Contents of files to make before the start, by absolute path. */
  readonly files?: Readonly<Record<string, string>>;
  /** A command that runs the command which follows it; the node lives for as long as that one does. @default the agent alone */
  readonly supervisor?: readonly string[];
}

export const masterPort = 5050;
export const masterWorkDir = '/var/lib/mesos/master';
export const agentPort = 5051;

/** Several containers on a private network without a way out, each with an address of its own. */
export class Cluster implements AsyncDisposable {
  readonly #engine: Engine;
  readonly #image: string;
  readonly #network: ClusterNetwork;
  readonly #nodes: ClusterNode[] = [];
  readonly #addresses = new Map<string, string>();
  #isStopped = false;

  private constructor(engine: Engine, image: string, network: ClusterNetwork) {
    this.#engine = engine;
    this.#image = image;
    this.#network = network;
  }

  /** Builds the image if the project changed, and makes the network. */
  static async start(engine: Engine): Promise<Cluster> {
    await removeLeftovers(engine);
    // Clusters that start at the same time share it.
    const image = await (images.get(engine) ?? buildOnce(engine));
    return new Cluster(engine, image, await createNetwork(engine, ownLabels()));
  }

  /** All nodes that were started, the ended ones included. */
  get nodes(): readonly ClusterNode[] {
    return this.#nodes;
  }

  /** The address a node of this name has or will have. */
  addressOf(name: string): string {
    const address = this.#addresses.get(name) ?? this.#network.address(this.#addresses.size);
    this.#addresses.set(name, address);
    return address;
  }

  /** Starts a container and waits until it is ready. */
  async startNode(options: NodeOptions): Promise<ClusterNode> {
    const { name, command, environment = {}, files = {}, shared = [], ready, readyTimeoutMs } = options;
    const output = new NodeOutput();
    const ip = this.addressOf(name);
    const container = await new NodeContainer({
      image: this.#image,
      network: this.#network.name,
      ip,
      name,
      command,
      environment,
      files,
      shared,
      output,
    }).start();
    const node = new ClusterNode({ engine: this.#engine, container, networkId: this.#network.id, name, ip, output });
    this.#nodes.push(node);
    if (ready instanceof RegExp) await node.waitForLog(ready, readyTimeoutMs);
    else if (ready !== undefined) await node.waitForHttp(ready.port, ready.path, readyTimeoutMs);
    return node;
  }

  /**
   * Starts a master and waits until its `/health` answers well.
   *
   * @param supervise Makes of the master's command what runs it. The node lives for as long as that does.
   */
  async startMaster(
    flags: NodeFlags = {},
    name = 'master',
    supervise = (command: readonly string[]): readonly string[] => command,
  ): Promise<ClusterNode> {
    const defaults = {
      ip: this.addressOf(name),
      port: masterPort,
      hostname: name,
      work_dir: masterWorkDir,
    };
    return this.startNode({
      name,
      command: supervise(['mesos-master', ...argumentsOf({ ...defaults, ...flags })]),
      ready: { port: masterPort, path: '/health' },
    });
  }

  /** Starts an agent of the node `master`, unless the flags name another, and waits until its `/health` answers well. */
  async startAgent(name: string, flags: NodeFlags = {}, options: AgentOptions = {}): Promise<ClusterNode> {
    const { files, supervisor = [] } = options;
    const defaults = {
      master: `${this.addressOf('master')}:${masterPort}`,
      ip: this.addressOf(name),
      port: agentPort,
      hostname: name,
      work_dir: '/var/lib/mesos/agent',
      runtime_dir: '/var/run/mesos',
      fetcher_cache_dir: '/tmp/mesos/fetch',
      launcher: 'posix',
      isolation: 'posix/cpu,posix/mem',
      resources: 'cpus:4;mem:2048;disk:4096;ports:[31000-31999]',
    };
    return this.startNode({
      name,
      command: [...supervisor, 'mesos-agent', ...argumentsOf({ ...defaults, ...flags })],
      ...(files === undefined ? {} : { files }),
      ready: { port: agentPort, path: '/health' },
    });
  }

  /** The last lines of every node, for the report of a failure. */
  report(lines = 60): string {
    return this.#nodes.map((node) => `--- ${node.name} (${node.ip})\n${node.tail(lines)}`).join('\n');
  }

  /** Ends and removes all containers and the network. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    await Promise.all(this.#nodes.map((node) => node.remove()));
    await this.#network.remove();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

const images = new WeakMap<Engine, Promise<string>>();

function buildOnce(engine: Engine): Promise<string> {
  const image = buildImage(engine);
  images.set(engine, image);
  return image;
}

function argumentsOf(flags: NodeFlags): string[] {
  return Object.entries(flags).map(([name, value]) => {
    if (typeof value === 'boolean') return value ? `--${name}` : `--no-${name}`;
    return `--${name}=${value}`;
  });
}
