import { approversOf, declareEventQueue, helpPage, viewHandler, type Authorizer } from '@mesos-ts/daemon';
import { Process } from '@mesos-ts/libprocess';
import { readonlyRealm } from '../constants.ts';
import { AllocatorMetrics, type AllocatorMetricsOptions } from './allocator-metrics.ts';
import { Allocator } from './allocator.ts';
import type { PID, Principal } from '@mesos-ts/libprocess';
import type { ExplainAnswer, ExplainQuestion } from './explain.ts';
import type { Allocation, AllocatorEvent, AllocatorOptions } from './events.ts';
import type { InverseAllocation } from './inverse-offers.ts';

/** Options of `AllocatorProcess`. */
export interface AllocatorProcessOptions extends AllocatorOptions, AllocatorMetricsOptions {
  /** Receives offers as they are decided, and what frameworks are asked to give back. */
  readonly offer: (allocations: readonly Allocation[], asked: readonly InverseAllocation[]) => void;
  /** Who decides what clients of its endpoint may see. @default everybody sees everything */
  readonly authorizer?: Authorizer | undefined;
}

const constraintsHelp = helpPage(
  'What frameworks do not want to be offered.',
  [
    'For each framework the roles that it has suppressed, and for each of its roles the agents that its offer constraints exclude: ' +
      '`{"frameworks": {ID: {"suppressed_roles": [...], "excluded_by_attribute_constraints": {ROLE: [AGENT ID, ...]}}}}`.',
  ],
  'Frameworks that the principal may not view are left out.',
);

/**
 * Runs the allocator beside the master. Events that arrive together are answered by one allocation; besides, every allocation
 * interval all agents are looked at, since refusals expire and resources are freed without anybody saying so.
 */
export class AllocatorProcess extends Process {
  readonly #options: AllocatorProcessOptions;
  readonly #allocator: Allocator;
  #candidates: Set<string> | 'all' = new Set();
  #pending = false;
  #metrics: AllocatorMetrics | undefined;

  constructor(options: AllocatorProcessOptions) {
    super('allocator');
    this.#options = options;
    this.#allocator = new Allocator(options);
  }

  protected override initialize(): void {
    const { metrics } = this.runtime;
    this.#metrics = new AllocatorMetrics(metrics, this.self, this.#allocator, this.#options);
    for (const name of ['allocator/event_queue_dispatches', 'allocator/mesos/event_queue_dispatches']) {
      declareEventQueue(this.runtime, this.self, { dispatches: name });
    }
    this.#scheduleInterval();
    this.route(
      '/offer_constraints_debug',
      viewHandler(({ principal }) => this.#constraintsView(principal)),
      { help: constraintsHelp, realm: readonlyRealm },
    );
  }

  #constraintsView(principal: Principal | undefined): unknown {
    const approvers = approversOf(this.#options.authorizer, principal);
    const seen = this.#allocator
      .unwanted()
      .filter(({ info }) => approvers.approves('VIEW_FRAMEWORK', { framework_info: info }));
    return {
      frameworks: Object.fromEntries(
        seen.map(({ excludedAgents, info, suppressedRoles }) => [
          info.id?.value ?? '',
          { suppressed_roles: suppressedRoles, excluded_by_attribute_constraints: excludedAgents },
        ]),
      ),
    };
  }

  /** Takes note of events, in order, and allocates once for them all. */
  handle(events: readonly AllocatorEvent[]): void {
    const now = this.runtime.clock.monotonic();
    for (const event of events) {
      const candidates = this.#allocator.apply(event, now);
      if (candidates === 'all') this.#candidates = 'all';
      else if (candidates !== 'none' && this.#candidates !== 'all') this.#candidates.add(candidates.agentId);
    }
    this.#metrics?.update(events);
    if (this.#candidates === 'all' || this.#candidates.size > 0) this.#allocateSoon();
  }

  /** Decides and hands out offers. */
  allocate(): void {
    const candidates = this.#candidates;
    this.#candidates = new Set();
    this.#pending = false;
    const { clock, metrics, random } = this.runtime;
    this.#metrics?.latency.stop();
    // All are looked at when it is over.
    if (this.#allocator.isHeld) return;
    this.#metrics?.runs.start();
    const started = clock.monotonic();
    const allocations = this.#allocator.allocate(candidates, started, () => random.next());
    const asked = this.#allocator.askBack(candidates, started);
    this.#metrics?.runs.stop();
    metrics.counter('allocator/mesos/allocation_runs').increment();
    if (allocations.length > 0 || asked.length > 0) this.#options.offer(allocations, asked);
  }

  /** Why frameworks are not offered what they wait for. */
  explain(question: ExplainQuestion): ExplainAnswer {
    return this.#allocator.explain(question, this.runtime.clock.monotonic());
  }

  #allocateSoon(): void {
    if (this.#pending) return;
    this.#pending = true;
    this.#metrics?.latency.start();
    // Behind the events that are in the mailbox already: these are taken into account too.
    const self: PID<AllocatorProcess> = this.self;
    this.runtime.tell(self, 'allocate');
  }

  #scheduleInterval(): void {
    this.delay(this.#options.allocationIntervalMs, () => {
      this.#candidates = 'all';
      this.#allocateSoon();
      this.#scheduleInterval();
    });
  }
}
