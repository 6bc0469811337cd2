import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { refusalName } from '../actor/ask.ts';
import { nextTurn } from '../actor/turn.ts';
import { Process } from '../actor/process.ts';
import { ProcessError } from '../errors.ts';
import { debugLogger } from '../logger.ts';
import { Counter } from '../metrics/counter.ts';
import { Runtime } from '../runtime.ts';
import { unpack } from './clone.ts';
import { Exchange } from './exchange.ts';
import { handle } from './protocol.ts';
import { ThreadClock } from './thread-clock.ts';
import { ThreadUplink } from './thread-uplink.ts';
import type { SpawnOptions } from '../actor/process.ts';
import type { Logger } from '../logger.ts';
import type { Packed } from './clone.ts';
import type { Answering, Asking, Down, Envelope, Handlers, ThreadStart } from './protocol.ts';

// The inside of a worker thread: a runtime whose actors have the parent's address.

// How often the parent is told of what was counted, in milliseconds.
const countedIntervalMs = 1_000;
// Nothing starts later than a turn after what caused it, so two quiet turns prove rest.
const quietTurns = 2;

const port = parentPort;
if (port === null) throw new ProcessError('INVARIANT', 'This is the main module of a worker thread');
const start = workerData as ThreadStart;
const clock = new ThreadClock();
const exchange = new Exchange(
  {
    post: (envelope, moved) => {
      port.postMessage(envelope, moved);
    },
    handle: (op) => {
      if (!(op instanceof Uint8Array)) return handle(handlers, op as Answering | Asking | Down);
      uplink.deliver(op);
      return undefined;
    },
    broken: (error) => {
      throw error;
    },
    unsendable: (name, to, reason) => {
      runtime.metrics.counter('libprocess/messages_dropped').increment();
      logger.error(`Message '${name}' to ${to} cannot leave its thread: ${reason}`);
    },
    refused: (asker, place, refusal) => {
      runtime.send(exchange.pid(asker, place), refusalName, refusal);
    },
  },
  start.address,
  start.limits,
);
const logger: Logger = { ...debugLogger(), info: log('info'), warn: log('warn'), error: log('error') };
const uplink = new ThreadUplink(exchange, start);
const runtime = new Runtime({ clock, logger, limits: start.limits, uplink });
const handlers: Handlers<Answering | Asking | Down> = {
  ...exchange.handlers,
  ...uplink.handlers,
  spawn: (call, module, name, args, options) => {
    exchange.serve(call, () => spawn(module, name, args, options));
  },
  metrics: (call) => {
    exchange.serve(call, () => Promise.resolve(runtime.metrics.snapshot()));
  },
  close: () => {
    void close();
  },
};
const counted = new Map<string, number>();
let waits = false;

port.on('message', (envelope: Envelope) => {
  receive(envelope);
  // All that is there, before an actor runs: what overtakes the mailbox shall not wait behind it here.
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
    receive(next.message as Envelope);
  }
});
// What actors have sent leaves before the thread does, whatever ends it; only when its memory is used up there is no time for it.
process.on('exit', () => {
  exchange.port.flush();
});
exchange.port.send(['ready']);
countLater();

function receive(envelope: Envelope): void {
  exchange.port.receive(envelope);
  if (start.reportsRest && envelope.ops.length > 0 && !waits) awaitRest(0);
}

function log(level: 'info' | 'warn' | 'error'): (text: string) => void {
  return (text) => {
    if (!exchange.port.full) exchange.port.send(['log', level, text]);
  };
}

async function spawn(module: string, name: string, args: Packed, options: SpawnOptions): Promise<string> {
  const exports = (await runtime.track(import(module))) as Readonly<Record<string, unknown>>;
  const made = exports[name];
  if (typeof made !== 'function' || !(made.prototype instanceof Process)) {
    throw new ProcessError('THREAD_SPAWN_FAILED', `${module} does not export an actor class '${name}'`);
  }
  const actor = new (made as new (...args: unknown[]) => Process)(...(unpack(args) as unknown[]));
  const pid = runtime.spawn(actor, options);
  await uplink.whenInitialized(pid.id);
  return pid.id;
}

async function close(): Promise<void> {
  await runtime.close();
  tellCounted();
  // Whatever actors have left open must not keep the thread.
  process.exit(0);
}

function awaitRest(quiet: number): void {
  waits = true;
  nextTurn(() => {
    if (clock.busy) {
      awaitRest(0);
    } else if (quiet + 1 < quietTurns) {
      awaitRest(quiet + 1);
    } else {
      waits = false;
      exchange.port.tellRest();
    }
  });
}

function countLater(): void {
  clock.timer(countedIntervalMs, () => {
    tellCounted();
    countLater();
  });
}

/** Tells by how much counters have grown. */
function tellCounted(): void {
  const grown: Record<string, number> = {};
  for (const metric of runtime.metrics.list()) {
    if (!(metric instanceof Counter)) continue;
    const by = metric.value - (counted.get(metric.name) ?? 0);
    counted.set(metric.name, metric.value);
    if (by > 0) grown[metric.name] = by;
  }
  if (Object.keys(grown).length > 0) exchange.port.send(['counted', grown]);
}
