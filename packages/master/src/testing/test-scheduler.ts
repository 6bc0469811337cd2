import { Process, type PID } from '@mesos-ts/libprocess';
import {
  check,
  parseResources,
  type FrameworkInfo,
  type FrameworkInfo_Capability_Type,
  type Offer,
  type Offer_Operation,
  type SchedulerCall,
  type SchedulerEvent,
  type SchedulerEvent_Type,
  type TaskInfo,
  type TaskStatus,
} from '@mesos-ts/protocol';

/** Options of `TestScheduler`. */
export interface TestSchedulerOptions {
  /** Where the master is, `master@ip:port`. */
  readonly master: PID;
  /** What differs from a framework `test` of user `nobody` with PARTITION_AWARE and MULTI_ROLE in role `*`. */
  readonly info?: Partial<FrameworkInfo>;
  /** @default ['PARTITION_AWARE', 'MULTI_ROLE', 'RESERVATION_REFINEMENT'] */
  readonly capabilities?: readonly FrameworkInfo_Capability_Type[];
  /** The name of its actor. @default 'scheduler' */
  readonly id?: string;
}

/** The master's side of a scheduler: an actor that makes the calls a test tells it to and remembers the events. */
export class TestScheduler extends Process {
  /** Everything that was received, heartbeats apart, in order. */
  readonly events: SchedulerEvent[] = [];
  heartbeats = 0;
  frameworkId = '';
  readonly #options: TestSchedulerOptions;

  constructor(options: TestSchedulerOptions) {
    super(options.id ?? 'scheduler');
    this.#options = options;
  }

  protected override initialize(): void {
    this.install('mesos.v1.scheduler.Event', (_from, body) => {
      const event = check('mesos.v1.scheduler.Event', body);
      if (event.type === 'HEARTBEAT') this.heartbeats++;
      else this.events.push(event);
      if (event.subscribed !== undefined) this.frameworkId = event.subscribed.framework_id.value;
    });
    this.link(this.#options.master);
  }

  /** What it says of itself. */
  get info(): FrameworkInfo {
    const capabilities = this.#options.capabilities ?? ['PARTITION_AWARE', 'MULTI_ROLE', 'RESERVATION_REFINEMENT'];
    const info: FrameworkInfo = {
      user: 'nobody',
      name: 'test',
      capabilities: capabilities.map((type) => ({ type })),
      ...(capabilities.includes('MULTI_ROLE') ? { roles: ['*'] } : {}),
      ...this.#options.info,
    };
    return this.frameworkId === '' ? info : { ...info, id: { value: this.frameworkId } };
  }

  /** The events of one type, in order. */
  of(type: SchedulerEvent_Type): SchedulerEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  /** The offers that were made and not rescinded, in order; accepted and declined ones are among them. */
  get offers(): Offer[] {
    const rescinded = new Set(this.of('RESCIND').map((event) => event.rescind?.offer_id.value));
    const offers = this.of('OFFERS').flatMap((event) => event.offers?.offers ?? []);
    return offers.filter((offer) => !rescinded.has(offer.id.value));
  }

  /** The statuses that were received, in order. */
  get statuses(): TaskStatus[] {
    return this.of('UPDATE')
      .map((event) => event.update?.status)
      .filter((status) => status !== undefined);
  }

  /** Subscribes, with its id if it has one. */
  subscribe(more: Partial<NonNullable<SchedulerCall['subscribe']>> = {}): void {
    const { info } = this;
    const framework_id = info.id;
    this.tell({
      type: 'SUBSCRIBE',
      subscribe: { framework_info: info, ...more },
      ...(framework_id === undefined ? {} : { framework_id }),
    });
  }

  /** Makes a call as the framework that it is subscribed as. */
  call(call: SchedulerCall): void {
    this.tell({ framework_id: { value: this.frameworkId }, ...call });
  }

  /** Accepts an offer. */
  accept(offer: Offer, operations: Offer_Operation[], refuse_seconds?: number): void {
    this.call({
      type: 'ACCEPT',
      accept: {
        offer_ids: [offer.id],
        operations,
        ...(refuse_seconds === undefined ? {} : { filters: { refuse_seconds } }),
      },
    });
  }

  /** Launches command tasks on an offer. */
  launch(offer: Offer, tasks: TaskInfo[], refuse_seconds?: number): void {
    this.accept(offer, [{ type: 'LAUNCH', launch: { task_infos: tasks } }], refuse_seconds);
  }

  /** Acknowledges a status that was received. */
  acknowledge(status: TaskStatus): void {
    const { agent_id, task_id, uuid } = status;
    if (agent_id === undefined || uuid === undefined) throw new TypeError('This status is not to be acknowledged');
    this.call({ type: 'ACKNOWLEDGE', acknowledge: { agent_id, task_id, uuid } });
  }

  /** Sends the master anything under the name of scheduler calls. */
  tell(body: unknown): void {
    this.link(this.#options.master);
    this.send(this.#options.master, 'mesos.v1.scheduler.Call', body);
  }
}

/** A command task for an agent. */
export function commandTask(id: string, agentId: string, resources = 'cpus:1;mem:64'): TaskInfo {
  const parsed = parseResources(resources);
  if (parsed.error !== undefined) throw new TypeError(parsed.error);
  return {
    name: id,
    task_id: { value: id },
    agent_id: { value: agentId },
    resources: parsed.value.toArray(),
    command: { value: 'sleep 1000' },
  };
}
