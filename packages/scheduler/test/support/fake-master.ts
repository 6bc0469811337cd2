import { MemoryNetwork, Process, Runtime, SeededRandom } from '@mesos-ts/libprocess';
import type { PID } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import type { Offer, SchedulerCall, SchedulerEvent, TaskStatus } from '@mesos-ts/protocol';

/** A master that keeps the calls it gets and sends what the test tells it to. */
export class FakeMaster extends Process {
  readonly calls: SchedulerCall[] = [];
  readonly exits: string[] = [];
  /** What a SUBSCRIBE is answered with; undefined: nothing. */
  answer: ((call: SchedulerCall) => SchedulerEvent) | undefined = subscribed('f-1');
  /** Hears of each call when it has come, and been answered. */
  onCall: (call: SchedulerCall) => void = () => undefined;
  scheduler: PID | undefined;

  constructor() {
    super('master');
  }

  emit(event: unknown): void {
    if (this.scheduler !== undefined) this.send(this.scheduler, 'mesos.v1.scheduler.Event', event);
  }

  take(): SchedulerCall[] {
    return this.calls.splice(0);
  }

  protected override initialize(): void {
    this.install<SchedulerCall>('mesos.v1.scheduler.Call', (from, call) => {
      this.calls.push(call);
      if (call.type === 'SUBSCRIBE') {
        this.scheduler = from;
        this.link(from);
        if (this.answer !== undefined) this.emit(this.answer(call));
      }
      this.onCall(call);
    });
  }

  protected override exited(pid: PID): void {
    this.exits.push(pid.id);
  }
}

/** Answers SUBSCRIBE with the id that the call brings, or this one. */
export function subscribed(id: string, heartbeatSeconds = 15): (call: SchedulerCall) => SchedulerEvent {
  return (call) => ({
    type: 'SUBSCRIBED',
    subscribed: {
      framework_id: call.framework_id ?? { value: id },
      heartbeat_interval_seconds: heartbeatSeconds,
      master_info: { id: 'm', ip: 0, port: 5050 },
    },
  });
}

/** A machine of a master, and one for its schedulers, on a virtual clock. */
export class Cluster {
  readonly clock = new TestClock();
  readonly #network = new MemoryNetwork();
  readonly schedulers = new Runtime({
    clock: this.clock,
    random: new SeededRandom(1),
    transport: this.#network.transport('10.0.0.9:4000'),
  });
  master = new FakeMaster();
  #masters: Runtime | undefined;

  static async start(): Promise<Cluster> {
    const cluster = new Cluster();
    await cluster.schedulers.start();
    await cluster.startMaster();
    return cluster;
  }

  /** Starts the master, or one that knows nothing of the former. */
  async startMaster(): Promise<void> {
    this.#masters = new Runtime({ clock: this.clock, transport: this.#network.transport('10.0.0.1:5050') });
    await this.#masters.start();
    this.master = new FakeMaster();
    this.#masters.spawn(this.master);
  }

  async stopMaster(): Promise<void> {
    await this.#masters?.close();
    await this.clock.settle();
  }

  /** The master sends an event, and everybody comes to rest. */
  async emit(event: unknown): Promise<void> {
    this.master.emit(event);
    await this.clock.settle();
  }

  metric(name: string): number | undefined {
    return this.schedulers.metrics.snapshot()[name];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.schedulers.close();
    await this.#masters?.close();
  }
}

/** An offer of agent `a-1`. */
export function offer(id: string): Offer {
  return { id: { value: id }, framework_id: { value: 'f-1' }, agent_id: { value: 'a-1' }, hostname: 'host' };
}

/** A status update of task `t` as an agent sends it. */
export function status(state: TaskStatus['state'], uuid: number): TaskStatus {
  return {
    task_id: { value: 't' },
    agent_id: { value: 'a-1' },
    state,
    uuid: new Uint8Array(16).fill(uuid),
  };
}
