import type { Readable } from 'node:stream';
import { GenericContainer, Wait } from 'testcontainers';
import type { NodeOutput } from '../node-output.ts';
import { ownLabels } from './ownership.ts';

/** What a container on a private network is started with. */
export interface NodeContainerOptions {
  readonly image: string;
  readonly network: string;
  readonly ip: string;
  /** The host name, which the other containers of the network can resolve. */
  readonly name: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Contents by absolute path. */
  readonly files: Readonly<Record<string, string>>;
  /** Files and folders of the engine's machine, at the same paths, to read only. */
  readonly shared: readonly string[];
  readonly output: NodeOutput;
}

/** A container with an address of its own choice, which testcontainers has no option for. */
export class NodeContainer extends GenericContainer {
  constructor(options: NodeContainerOptions) {
    super(options.image);
    const files = Object.entries(options.files).map(([target, content]) => ({ target, content }));
    // As process 1 a daemon would have to reap the orphans of its tasks; that is an init's work.
    this.hostConfig.Init = true;
    this.createOpts.NetworkingConfig = {
      EndpointsConfig: { [options.network]: { IPAMConfig: { IPv4Address: options.ip }, Aliases: [options.name] } },
    };
    this.withNetworkMode(options.network)
      .withHostname(options.name)
      .withCommand([...options.command])
      .withEnvironment(options.environment)
      .withCopyContentToContainer(files)
      .withBindMounts(options.shared.map((path) => ({ source: path, target: path, mode: 'ro' })))
      .withLabels(ownLabels())
      // A node that is cut off keeps its address, which is to be arranged from inside.
      .withAddedCapabilities('NET_ADMIN')
      .withLogConsumer((stream) => followOutput(stream, options.output))
      // The cleaning helper of testcontainers is an image of a registry.
      .withAutoCleanup(false)
      // Readiness is asked for by the cluster, which knows what runs inside; a port check needs exposed ports.
      .withWaitStrategy(Wait.forAll([]));
  }
}

/** Keeps what a container's stream of logs brings, until its end. */
export function followOutput(stream: Readable, output: NodeOutput): void {
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => output.append(text));
  stream.once('close', () => output.end());
}
