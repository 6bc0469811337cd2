import { PID, Runtime, WebSocketTransport, parseAddress } from '../../src/index.ts';
import { Collector, Watcher } from './actors.ts';
import { Log } from './log.ts';
import type { RuntimeOptions, WebSocketTransportOptions } from '../../src/index.ts';

/** A runtime on a socket, with an actor that gathers messages and one that watches others. */
export interface Node {
  readonly runtime: Runtime;
  readonly transport: WebSocketTransport;
  readonly log: Log;
  readonly collector: Collector;
  readonly collecting: PID<Collector>;
  readonly watcher: Watcher;
  readonly watching: PID<Watcher>;
}

/** Starts a node, and closes it at the end of the test. */
export async function startNode(
  t: { teardown(action: () => Promise<void>): void },
  options: WebSocketTransportOptions = {},
  runtimeOptions: RuntimeOptions = {},
): Promise<Node> {
  const log = new Log();
  const transport = new WebSocketTransport(options);
  const runtime = await new Runtime({ logger: log, ...runtimeOptions, transport }).start();
  t.teardown(() => runtime.close());
  const [collector, watcher] = [new Collector('collector'), new Watcher('watcher')];
  return {
    runtime,
    transport,
    log,
    collector,
    collecting: runtime.spawn(collector),
    watcher,
    watching: runtime.spawn(watcher),
  };
}

/**
 * Lets one node link to another and send it a message. Answers 'delivered', or why not in the words of the one that dialled.
 * @param address Another address to dial the other node at.
 */
export async function attempt(from: Node, to: Node, address = to.runtime.address): Promise<string> {
  const before = to.collector.got.items.length;
  const pid = new PID<Collector>('collector', address);
  const lost = from.watcher.gone.items.length;
  from.runtime.tell(from.watching, 'watch', pid);
  from.runtime.tell(from.collecting, 'emit', pid, 0, 1);
  return Promise.race([
    to.collector.got.reached(before + 1).then(() => 'delivered'),
    from.watcher.gone.reached(lost + 1).then(() => {
      const reason = from.log.lines.findLast((line) => line.startsWith(`Connection with ${address} ended: `));
      return reason?.slice(`Connection with ${address} ended: `.length) ?? 'no reason';
    }),
  ]);
}

/** The port of a node. */
export function portOf(node: Node): number {
  return parseAddress(node.runtime.address).port;
}
