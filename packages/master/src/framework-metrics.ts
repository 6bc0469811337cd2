import { Metric, type MetricMaker, type PID, type ProcessRuntime } from '@mesos-ts/libprocess';
import {
  isTerminalState,
  Offer_Operation_Type,
  SchedulerCall_Type,
  SchedulerEvent_Type,
  TaskState,
} from '@mesos-ts/protocol';
import type { FrameworkChanges } from './state/cluster.ts';
import { unreachableTasks, type FrameworkRecord } from './state/framework.ts';

/** A number that only grows and that a record keeps. */
class RecordCounter extends Metric {
  readonly kind = 'counter';
  readonly #read: () => number;

  constructor(name: string, read: () => number) {
    super(name);
    this.#read = read;
  }

  read(): number {
    return this.#read();
  }
}

/** Where the metrics of a framework begin, for as long as they are there: with its first name, since names may change. */
export function frameworkMetricPrefix(name: string, id: string): string {
  // Half of a character, which JSON can say, cannot be encoded.
  const whole = Buffer.from(name).toString();
  return `master/frameworks/${encodeURIComponent(whole).replaceAll('~', '%7E')}/${id}/`;
}

/**
 * The metrics of each framework, for as long as the master remembers it (Mesos's `docs/monitoring.md`): what it called, what it was
 * told, its offers, its operations and its tasks.
 */
export class FrameworkMetrics {
  readonly #runtime: ProcessRuntime;
  readonly #master: PID;
  readonly #names = new Map<FrameworkRecord, readonly string[]>();

  constructor(runtime: ProcessRuntime, master: PID) {
    this.#runtime = runtime;
    this.#master = master;
  }

  /** Adds the metrics of frameworks that have come, and removes those of frameworks that are forgotten. */
  update({ came, forgotten }: FrameworkChanges): void {
    const own = this.#runtime.metrics.of(this.#master);
    for (const framework of came) this.#names.set(framework, declare(own, framework));
    for (const framework of forgotten) {
      for (const name of this.#names.get(framework) ?? []) this.#runtime.metrics.remove(name);
      this.#names.delete(framework);
    }
  }
}

/** Declares the metrics of a framework and answers their names. */
function declare(metrics: MetricMaker, framework: FrameworkRecord): string[] {
  const prefix = frameworkMetricPrefix(framework.info.name, framework.id);
  const names: string[] = [];
  const gauge = (name: string, read: () => number): void => {
    names.push(metrics.gauge(prefix + name, read).name);
  };
  const counter = (name: string): void => {
    names.push(metrics.add(new RecordCounter(prefix + name, () => framework.counts.get(name) ?? 0)).name);
  };
  gauge('subscribed', () => (framework.connection === undefined ? 0 : 1));
  for (const what of ['sent', 'accepted', 'declined', 'rescinded']) counter(`offers/${what}`);
  for (const [kind, types] of Object.entries(countedTypes)) {
    counter(kind);
    for (const type of types) counter(`${kind}/${type.toLowerCase()}`);
  }
  for (const state of Object.values(TaskState)) {
    if (isTerminalState(state)) counter(`tasks/terminal/${state.toLowerCase()}`);
    else gauge(`tasks/active/${state.toLowerCase()}`, () => activeTasks(framework, state));
  }
  return names;
}

const countedTypes: Readonly<Record<string, readonly string[]>> = {
  calls: known(SchedulerCall_Type),
  events: known(SchedulerEvent_Type),
  operations: known(Offer_Operation_Type),
};

function known(types: Readonly<Record<string, string>>): string[] {
  return Object.values(types).filter((type) => type !== 'UNKNOWN');
}

function activeTasks(framework: FrameworkRecord, state: TaskState): number {
  return state === 'TASK_UNREACHABLE' ? unreachableTasks(framework) : (framework.taskStates.get(state) ?? 0);
}
