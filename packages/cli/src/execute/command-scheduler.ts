import { Resources, isTerminalState } from '@mesos-ts/protocol';
import type { AgentID, FrameworkID, Offer, TaskState, TaskStatus } from '@mesos-ts/protocol';
import { Scheduler } from '@mesos-ts/scheduler';
import type { SchedulerOptions, TaskToLaunch } from '@mesos-ts/scheduler';
import { formatStatus } from './format.ts';

/** Options of {@link CommandScheduler}. */
export interface CommandSchedulerOptions extends SchedulerOptions {
  readonly task: TaskToLaunch;
  /** When to kill the task, in milliseconds after it has begun to run; undefined: never. */
  readonly killAfterMs: number | undefined;
  /** Receives what the user should see, whole lines. */
  readonly print: (text: string) => void;
}

/** A framework of one task, which ends with it. */
export class CommandScheduler extends Scheduler {
  readonly #task: TaskToLaunch;
  readonly #killAfterMs: number | undefined;
  readonly #print: (text: string) => void;
  #agentId: AgentID | undefined;
  #isKilled = false;
  #isKillSet = false;
  #hasWaited = false;
  #state: TaskState | undefined;

  constructor(options: CommandSchedulerOptions) {
    super(options);
    this.#task = options.task;
    this.#killAfterMs = options.killAfterMs;
    this.#print = options.print;
  }

  /** The task's newest state; undefined before there is one. */
  get state(): TaskState | undefined {
    return this.#state;
  }

  /** Asks to kill the task, after which the framework ends. False when there is none to kill, or it was asked before. */
  killTask(): boolean {
    if (this.#agentId === undefined || this.#isKilled) return false;
    this.#isKilled = true;
    return this.kill(this.#task.task_id, this.#agentId);
  }

  protected override subscribed({ value }: FrameworkID): void {
    this.#print(`Subscribed with ID ${value}\n`);
  }

  protected override disconnected(): void {
    this.#print('Disconnected from the master; trying to subscribe again\n');
  }

  protected override offers(offers: readonly Offer[]): void {
    const needed = Resources.of(this.#task.resources ?? []);
    for (const offer of offers) {
      const resources = this.#launched ? undefined : Resources.of(offer.resources ?? []).find(needed);
      if (resources === undefined) this.#refuse(offer, needed);
      else this.#launch(offer, resources);
    }
  }

  protected override update(status: TaskStatus): void {
    this.#state = status.state;
    this.#print(formatStatus(status));
    if (isTerminalState(status.state)) this.stop();
    else if (status.state === 'TASK_RUNNING') this.#killLater();
  }

  get #launched(): boolean {
    return this.#state !== undefined;
  }

  #launch(offer: Offer, resources: Resources): void {
    if (!this.launch(offer, { ...this.#task, resources: resources.toArray() })) return;
    this.#state = 'TASK_STAGING';
    this.#agentId = offer.agent_id;
    this.#print(`Submitted task '${this.#task.name}' to agent '${offer.agent_id.value}'\n`);
    this.suppress();
  }

  #refuse(offer: Offer, needed: Resources): void {
    this.decline(offer);
    if (this.#launched || this.#hasWaited) return;
    this.#hasWaited = true;
    this.#print(`Waiting for an offer of ${needed.toString()}\n`);
  }

  #killLater(): void {
    if (this.#killAfterMs === undefined || this.#isKillSet) return;
    this.#isKillSet = true;
    this.delay(this.#killAfterMs, () => {
      this.kill(this.#task.task_id, this.#agentId);
    });
  }
}
