import { deferred } from '@mesos-ts/libprocess';
import type { EndReason, HandlerResult, Timer } from '@mesos-ts/libprocess';
import type { DurationInfo, KillPolicy, TaskGroupInfo, TaskID, TaskInfo } from '@mesos-ts/protocol';
import type { ProbeMaker } from '../checks/probe.ts';
import { emptyCheckStatus } from '../checks/results.ts';
import type { TaskChecks } from '../checks/task-checks.ts';
import type { ExecutorEnvironment, Variables } from '../environment.ts';
import { Executor } from '../executor.ts';
import { commandLine, taskEnvironment } from './command-line.ts';
import { TaskLife } from './task-life.ts';
import type { KillOrder, LifeEffect, LifeEvent, LifeTimer } from './task-life.ts';
import type { StartTask, TaskProcess } from './task-process.ts';

/** The grace period of a task without kill policy, in milliseconds. As Mesos's command executor. */
const graceDefaultMs = 3_000;

/** What shutting down keeps of its grace period to report the end, in milliseconds, but at most half of it. */
const reportReserveMs = 1_000;

/** How often to look whether a killed task's processes have gone, in milliseconds. */
const vacancyPollMs = 50;

const nanosecondsPerMs = 1_000_000;

/**
 * The built-in executor of tasks that are just a command: it runs one task as a child process and ends when the agent has
 * acknowledged the task's last update. Decisions are `TaskLife`'s; this actor performs them.
 */
export class CommandExecutor extends Executor {
  readonly #variables: Variables;
  readonly #start: StartTask;
  readonly #probes: (environment: Variables) => ProbeMaker;
  readonly #life = new TaskLife();
  readonly #timers = new Map<LifeTimer, Timer>();
  readonly #finished = deferred<void>();
  #task: TaskInfo | undefined;
  #process: TaskProcess | undefined;
  #checks: TaskChecks | undefined;

  /**
   * @param variables The environment variables of this process, which the task gets too.
   * @param machine How tasks are started and checked; probes have the environment that is given.
   */
  constructor(
    environment: ExecutorEnvironment,
    variables: Variables,
    machine: { readonly start: StartTask; readonly probes: (environment: Variables) => ProbeMaker },
  ) {
    super(environment);
    this.#variables = variables;
    this.#start = machine.start;
    this.#probes = machine.probes;
  }

  /** Kills the task with everything it has started, at once and without a word. For a process that must end. */
  abandon(): void {
    if (this.#life.ended) return;
    this.#checks?.pause();
    this.#process?.signal('SIGKILL');
  }

  protected override launch(task: TaskInfo): void {
    if (this.#life.launched) {
      this.runtime.logger.error(`Refusing task ${task.task_id.value}: there is one already`);
      this.sendStatusUpdate({
        task_id: task.task_id,
        state: 'TASK_FAILED',
        message: 'Attempted to run multiple tasks using a "command" executor',
      });
      return;
    }
    this.#task = task;
    const completionMaxMs = milliseconds(task.max_completion_time) ?? 0;
    this.#step({ type: 'launch', completionMaxMs: completionMaxMs > 0 ? completionMaxMs : undefined });
  }

  /** A group of tasks is for executors that can run several; this one cannot go on. */
  protected override async launchGroup(_group: TaskGroupInfo): Promise<void> {
    this.runtime.logger.error('LAUNCH_GROUP event is not supported');
    await this.beginShutdown();
  }

  /** The policy of the call is ignored, as by Mesos's command executor: the task's own counts. */
  protected override kill(taskId: TaskID, _killPolicy: KillPolicy | undefined): void {
    if (this.#task !== undefined && this.#task.task_id.value !== taskId.value) {
      this.runtime.logger.warn(`Ignoring the kill of task ${taskId.value}, which is not here`);
      return;
    }
    this.#step({ type: 'kill', ...this.#killOrder(this.#graceMs) });
  }

  protected override async shutdown(): Promise<void> {
    if (!this.#life.launched) return;
    const { shutdownGracePeriodMs } = this.environment;
    const graceMs = Math.max(shutdownGracePeriodMs / 2, shutdownGracePeriodMs - reportReserveMs);
    this.#step({ type: 'kill', ...this.#killOrder(graceMs) });
    await this.#finished.promise;
  }

  protected override finalize(reason: EndReason): HandlerResult {
    this.abandon();
    return super.finalize(reason);
  }

  get #graceMs(): number {
    return milliseconds(this.#task?.kill_policy?.grace_period) ?? graceDefaultMs;
  }

  #killOrder(graceMs: number): KillOrder {
    const capabilities = this.subscription?.framework_info.capabilities ?? [];
    const announce = capabilities.some(({ type }) => type === 'TASK_KILLING_STATE');
    return { graceMs, nowMs: this.runtime.clock.monotonic(), announce };
  }

  #step(event: LifeEvent): void {
    for (const effect of this.#life.step(event)) this.#perform(effect);
  }

  #perform(effect: LifeEffect): void {
    switch (effect.type) {
      case 'update':
        this.#report(effect);
        break;
      case 'start':
        this.#startTask();
        break;
      case 'stop-checks':
        this.#checks?.pause();
        break;
      case 'signal':
        this.#process?.signal(effect.signal);
        break;
      case 'await-vacancy':
        this.#awaitVacancy();
        break;
      case 'set-timer':
        this.#setTimer(effect.timer, effect.delayMs);
        break;
      case 'cancel-timer':
        this.#cancelTimer(effect.timer);
        break;
      case 'finish':
        this.#finished.resolve();
        this.stop();
        break;
    }
  }

  #report({ checkStatus, healthy, state, message, reason }: LifeEffect & { type: 'update' }): void {
    if (this.#task === undefined) return;
    const { check, task_id } = this.#task;
    this.sendStatusUpdate({
      task_id,
      state,
      ...(message === undefined ? {} : { message }),
      ...(reason === undefined ? {} : { reason }),
      ...(healthy === undefined ? {} : { healthy }),
      // Whoever defined a check is told from the start that there is one.
      ...(check === undefined ? {} : { check_status: checkStatus ?? emptyCheckStatus(check.type) }),
    });
    if (message !== undefined) this.runtime.logger.info(`${message} (pid: ${this.#process?.pid ?? 'none'})`);
  }

  #startTask(): void {
    if (this.#task === undefined) return;
    const exited = this.defer((exit: Parameters<Parameters<StartTask>[1]>[0]) => {
      this.#step({ type: 'exited', exit });
    });
    this.#process = this.#start(commandLine(this.#task, this.#variables), (exit) => {
      // It rejects when this executor has ended, which is no news then.
      exited(exit).catch(() => undefined);
    });
    this.runtime.logger.info(`Forked command at ${this.#process.pid ?? 'no pid'}`);
    this.#checks = this.#check(this.#task);
  }

  #check(task: TaskInfo): TaskChecks {
    const probes = this.#probes(taskEnvironment(task, this.#variables));
    return this.startChecks(task, probes, {
      checked: (status) => {
        this.#step({ type: 'checked', status });
      },
      judged: (healthy, kill) => {
        this.runtime.logger.info(`Task ${task.task_id.value} is ${healthy ? 'healthy' : 'unhealthy'}`);
        this.#step({ type: 'judged', healthy, kill: kill ? this.#killOrder(this.#graceMs) : undefined });
      },
    });
  }

  #awaitVacancy(): void {
    if (this.#life.ended) return;
    if (this.#process?.isVacant() ?? true) {
      this.#step({ type: 'vacated' });
    } else {
      this.delay(vacancyPollMs, () => {
        this.#awaitVacancy();
      });
    }
  }

  #setTimer(timer: LifeTimer, delayMs: number): void {
    this.#cancelTimer(timer);
    const fire = (): void => {
      this.#timers.delete(timer);
      if (timer === 'escalation') this.#step({ type: 'escalation' });
      else this.#step({ type: 'completion', nowMs: this.runtime.clock.monotonic() });
    };
    this.#timers.set(timer, this.delay(delayMs, fire));
  }

  #cancelTimer(timer: LifeTimer): void {
    const set = this.#timers.get(timer);
    if (set !== undefined) this.cancel(set);
    this.#timers.delete(timer);
  }
}

function milliseconds(duration: DurationInfo | undefined): number | undefined {
  return duration === undefined ? undefined : duration.nanoseconds / nanosecondsPerMs;
}
