/**
 * The agent's actor: it receives what masters and executors send and gives it to the part that knows what to do. The parts share an
 * `AgentContext` and run in this actor's turn; their decisions are in pure modules beside them.
 */
import { mesosVersion, systemServices } from '@mesos-ts/daemon';
import { eventLoopTurn } from '@mesos-ts/daemon/listing';
import type { Authorizer, CommonServices, Credential, Files } from '@mesos-ts/daemon';
import { Process, errorText } from '@mesos-ts/libprocess';
import type { ExitReason, HandlerResult, PID, Timer } from '@mesos-ts/libprocess';
import { withoutSecret } from '@mesos-ts/election';
import { flagsToJson } from '@mesos-ts/flags';
import { checker } from '@mesos-ts/protocol';
import type { AgentInfo, AgentInfo_Capability, MessageName, MessageOf, Resources } from '@mesos-ts/protocol';

import { agentProcessId } from './constants.ts';
import { AgentAuthentication } from './authentication.ts';
import type { AgentContext } from './context.ts';
import type { Containerizer } from './containerizer/containerizer.ts';
import type { PendingOperations } from './containerizer/pending-operations.ts';
import type { CommandExecutorProgram } from './executors/command-executor.ts';
import { ExecutorDoor } from './executors/executor-door.ts';
import type { ExecutorTokens } from './executors/executor-tokens.ts';
import { Executors } from './executors/executors.ts';
import { agentFlags } from './flags.ts';
import type { AgentFlags } from './flags.ts';
import { installRoutes } from './http/index.ts';
import type { MasterDetector } from './master-address.ts';
import { MasterConnection } from './master-connection.ts';
import { createCounters, declareGauges } from './metrics.ts';
import { reregistration } from './registration.ts';
import type { Sandboxes } from './sandbox.ts';
import { createAgentState } from './state/agent-state.ts';
import { TaskStatusUpdateManager } from './status-update-manager/status-update-manager.ts';
import type { ForwardUpdate } from './status-update-manager/status-update-manager.ts';
import { reconcileTasks } from './tasks/reconciliation.ts';
import { StatusUpdates } from './tasks/status-updates.ts';
import { TaskKiller } from './tasks/task-killer.ts';
import { TaskLauncher } from './tasks/task-launcher.ts';
import { StateAnswers } from './read-model/state-answers.ts';
import { stateHead } from './views/v0/state.ts';
import type { AgentFacts } from './views/v0/state.ts';

/** What an agent is made of. */
export interface AgentParts {
  readonly flags: AgentFlags;
  /** The agent's description, without an id. */
  readonly info: AgentInfo;
  readonly total: Resources;
  readonly containerizer: Containerizer;
  /** What the containerizer has under way. */
  readonly pending: PendingOperations;
  readonly sandboxes: Sandboxes;
  readonly files: Files;
  readonly detector: MasterDetector;
  readonly commandExecutor: CommandExecutorProgram;
  /** Who decides what clients may do. @default everybody may do everything */
  readonly authorizer?: Authorizer | undefined;
  /** Makes and checks the tokens of executors. @default they have none */
  readonly executorTokens?: ExecutorTokens | undefined;
  /** What the agent proves to masters who it is with. @default nothing */
  readonly credential?: Credential | undefined;
  /** Called each time the agent has registered. */
  readonly onRegistered?: (agentId: string) => void;
  /** Called when the agent was shut down, all that ran here has ended and the actor ends, too. */
  readonly onShutdown?: () => void;
}

/** What agents of this kind can do beyond the first version of the protocol. */
const capabilities: readonly AgentInfo_Capability[] = [
  { type: 'MULTI_ROLE' },
  { type: 'HIERARCHICAL_ROLE' },
  { type: 'RESERVATION_REFINEMENT' },
];

/** The actor `slave(1)`. It ends by itself once it was shut down and nothing of it runs any more. */
export class Agent extends Process {
  readonly #parts: AgentParts;
  #connection!: MasterConnection;
  #authentication!: AgentAuthentication;
  #context!: AgentContext;
  #updates!: StatusUpdates;
  #executors!: Executors;
  #launcher!: TaskLauncher;
  #killer!: TaskKiller;
  #door!: ExecutorDoor;
  #isTerminating = false;
  #startTimeMs = 0;
  #masterHostname: string | undefined;

  constructor(parts: AgentParts) {
    super(agentProcessId);
    this.#parts = parts;
  }

  /** Proves by this who it is, the next time that it has to. */
  useCredential(credential: Credential | undefined): void {
    this.#authentication.useCredential(credential);
  }

  /** Runs work in this actor's turn; an exception in it ends the actor. */
  run(work: () => void): void {
    work();
  }

  /** Ends everything that runs here and then the agent itself; with `unregister` the master is told first. */
  shutdown(reason: string, unregister: boolean): void {
    if (this.#isTerminating) return;
    this.runtime.logger.info(`Shutting down: ${reason}`);
    const agentId = this.#connection.agentId;
    if (unregister && agentId !== undefined) {
      this.#context.sendToMaster('mesos.internal.UnregisterAgentMessage', { agent_id: { value: agentId } });
    }
    this.#isTerminating = true;
    this.#connection.stop();
    for (const framework of this.#context.state.frameworks.values()) this.#executors.shutdownFramework(framework);
    this.#endIfDone();
  }

  protected override initialize(): void {
    this.#startTimeMs = this.runtime.clock.now();
    this.#connection = this.#createConnection();
    this.#authentication = this.#createAuthentication();
    this.#context = this.#createContext();
    this.#updates = new StatusUpdates(this.#context);
    this.#executors = new Executors(this.#context, this.#updates, () => {
      this.#endIfDone();
    });
    this.#launcher = new TaskLauncher(this.#context, this.#updates, this.#executors);
    this.#killer = new TaskKiller(this.#context, this.#updates, this.#executors);
    const parts = { updates: this.#updates, executors: this.#executors, launcher: this.#launcher };
    this.#door = new ExecutorDoor(this.#context, parts, () => this.#info());
    this.#installAuthentication();
    this.#installRegistration();
    this.#installTasks();
    this.#installExecutors();
    this.#installEndpoints();
    declareGauges(this.runtime.metrics.of(this.self), {
      state: this.#context.state,
      total: this.#parts.total,
      isRegistered: () => this.#connection.isRegistered,
      uptimeSecs: () => (this.runtime.clock.now() - this.#startTimeMs) / 1000,
    });
    this.#connection.start();
  }

  protected override finalize(): void {
    this.runtime.terminate(this.#context.statusUpdates);
  }

  protected override exited(pid: PID, reason: ExitReason): void {
    this.#connection.exited(pid, reason);
    this.#door.disconnected(pid.toString());
  }

  #installRegistration(): void {
    const registered = (from: PID, message: MessageOf<'mesos.internal.AgentRegisteredMessage'>): boolean => {
      this.#connection.learnAlias(from);
      if (!this.#context.isFromMaster(from, 'registration') || this.#isTerminating) return false;
      if (!this.#authentication.isProvedBy(from)) {
        this.runtime.logger.warn(`Ignoring a registration by ${from.toString()}, which has not proved who it is`);
        return false;
      }
      if (this.#connection.registered(message)) return true;
      // Nothing here belongs to the agent that the master takes this one for.
      this.shutdown('The master knows this agent under another id', false);
      return false;
    };
    this.#on('mesos.internal.AgentRegisteredMessage', (from, message) => {
      registered(from, message);
    });
    this.#on('mesos.internal.AgentReregisteredMessage', (from, message) => {
      if (!registered(from, message)) return;
      for (const each of message.reconciliations ?? []) reconcileTasks(this.#context, this.#updates, each);
    });
    this.#onMaster('mesos.internal.PingAgentMessage', (message) => {
      this.#context.sendToMaster('mesos.internal.PongAgentMessage', {});
      this.#connection.pinged(message.connected);
    });
    this.#onMaster('mesos.internal.ShutdownMessage', (message) => {
      this.shutdown(`the master asks for it${message.message === undefined ? '' : `: ${message.message}`}`, false);
    });
  }

  #installAuthentication(): void {
    const on = <N extends MessageName>(name: N, handler: (from: PID, message: MessageOf<N>) => void): void => {
      this.#on(name, (from, message) => {
        this.#connection.learnAlias(from);
        if (this.#context.isFromMaster(from, name)) handler(from, message);
      });
    };
    on('mesos.internal.AuthenticationChallengeMessage', (from, message) => {
      this.#authentication.challenged(from, message);
    });
    on('mesos.internal.AuthenticationCompletedMessage', (from, message) => {
      this.#authentication.completed(from, message);
    });
    on('mesos.internal.AuthenticationFailedMessage', (from) => {
      this.#authentication.failed(from);
    });
    on('mesos.internal.AuthenticationErrorMessage', (from, { error }) => {
      this.#authentication.errored(from, error ?? 'no reason given');
    });
  }

  #installTasks(): void {
    this.#onMaster('mesos.internal.RunTaskMessage', (message) => {
      this.#launcher.run(message);
    });
    this.#onMaster('mesos.internal.RunTaskGroupMessage', (message) => {
      this.#launcher.refuseGroup(message);
    });
    this.#onMaster('mesos.internal.KillTaskMessage', (message) => {
      this.#killer.kill(message);
    });
    this.#onMaster('mesos.internal.ReconcileTasksMessage', (message) => {
      reconcileTasks(this.#context, this.#updates, message);
    });
    this.#onMaster('mesos.internal.StatusUpdateAcknowledgementMessage', (message) => {
      this.#acknowledged(message);
    });
  }

  #installExecutors(): void {
    const { state } = this.#context;
    this.#on('mesos.internal.AuthenticateExecutorMessage', (from, message) => {
      this.#door.authenticate(from, message);
    });
    this.#on('mesos.v1.executor.Call', (from, call) => {
      this.#door.receive(from, call);
    });
    this.#onMaster('mesos.internal.FrameworkToExecutorMessage', (message) => {
      this.#door.deliverMessage(message);
    });
    this.#onMaster('mesos.internal.ShutdownExecutorMessage', (message) => {
      const framework = state.frameworks.get(message.framework_id?.value ?? '');
      const executor = framework?.executors.get(message.executor_id?.value ?? '');
      if (executor !== undefined) this.#executors.shutdown(executor);
    });
    this.#onMaster('mesos.internal.ShutdownFrameworkMessage', (message) => {
      const framework = state.frameworks.get(message.framework_id.value);
      if (framework !== undefined) this.#executors.shutdownFramework(framework);
      // Updates of tasks that never were here would be sent for ever.
      else this.runtime.tell(this.#context.statusUpdates, 'cleanup', message.framework_id.value);
    });
    this.#onMaster('mesos.internal.UpdateFrameworkMessage', (message) => {
      const framework = state.frameworks.get(message.framework_id.value);
      const info = message.framework_info;
      if (framework === undefined) return;
      if (info !== undefined) framework.info = { ...info, id: message.framework_id };
      this.runtime.tell(this.#context.statusUpdates, 'resend', framework.id);
    });
  }

  #installEndpoints(): void {
    const facts = (): AgentFacts => ({
      pid: this.self,
      info: this.#info(),
      total: this.#parts.total,
      capabilities,
      startTimeMs: this.#startTimeMs,
      masterHostname: this.#masterHostname,
      logDir: this.#parts.flags.log_dir,
      externalLogFile: this.#parts.flags.external_log_file,
      flags: this.#flags(),
    });
    const { authorizer, counters, state } = this.#context;
    installRoutes({
      route: (path, handler, options) => {
        this.route(path, handler, options);
      },
      context: this.#context,
      door: this.#door,
      turn: (work) => this.defer(work)(),
      answers: new StateAnswers({
        state,
        authorizer,
        head: (approvers) => stateHead(state, facts(), approvers),
        turn: eventLoopTurn,
        nowMs: () => this.runtime.clock.now(),
        delay: (delayMs, work) => this.delay(delayMs, work),
        newName: () => this.runtime.random.uuid(),
        shared: () => {
          counters.httpCacheHits.increment();
        },
      }),
      facts,
      info: () => this.#info(),
      services: this.#services(),
    });
  }

  #services(): CommonServices {
    return {
      ...systemServices(this.runtime, this.self.address),
      files: this.#parts.files,
      flags: () => this.#flags(),
    };
  }

  #flags(): Readonly<Record<string, string>> {
    const flags = flagsToJson(agentFlags, this.#parts.flags);
    // Where the master is may have a secret in it.
    return { ...flags, ...(flags['master'] === undefined ? {} : { master: withoutSecret(flags['master']) }) };
  }

  #acknowledged(message: MessageOf<'mesos.internal.StatusUpdateAcknowledgementMessage'>): void {
    if (!this.#connection.isRegistered) return;
    const { framework_id: frameworkId, task_id: taskId, uuid } = message;
    this.#later(
      this.runtime.dispatch(this.#context.statusUpdates, 'acknowledge', [frameworkId.value, taskId.value, uuid]),
      ({ outcome, isTerminated }) => {
        if (outcome === 'accepted') this.#executors.acknowledged(frameworkId.value, taskId.value, isTerminated);
        else this.runtime.logger.warn(`Ignoring an acknowledgement of task '${taskId.value}': ${outcome}`);
      },
      (error) => {
        this.runtime.logger.error(`Failed to handle an acknowledgement: ${errorText(error)}`);
      },
    );
  }

  /** Installs a handler of messages whose sender does not matter, or is checked by the handler. */
  #on<N extends MessageName>(name: N, handler: (from: PID, message: MessageOf<N>) => void): void {
    this.install<MessageOf<N>>(name, handler, checker(name));
  }

  /** Installs a handler of messages that only the master may send. */
  #onMaster<N extends MessageName>(name: N, handler: (message: MessageOf<N>) => void): void {
    this.#on(name, (from, message) => {
      if (this.#context.isFromMaster(from, name)) handler(message);
    });
  }

  #createConnection(): MasterConnection {
    return new MasterConnection({
      runtime: this.runtime,
      detector: this.#parts.detector,
      backoffFactorMs: this.#parts.flags.registration_backoff_factor,
      link: (pid) => {
        this.link(pid);
      },
      delay: (delayMs, work) => this.delay(delayMs, work),
      cancel: (timer) => {
        this.cancel(timer);
      },
      later: (promise, succeeded, failed) => {
        this.#later(promise, succeeded, failed);
      },
      sendRegistration: (master) => {
        this.#sendRegistration(master);
      },
      registered: (agentId, isNew) => {
        this.#registered(agentId, isNew);
      },
      disconnected: () => {
        this.#authentication.reset();
        this.runtime.tell(this.#context.statusUpdates, 'pause');
      },
      undetectable: (error) => {
        if (this.#isTerminating) return;
        this.runtime.logger.error(
          `Failed to detect a master: ${errorText(error)}; this agent ends, and its tasks go on`,
        );
        this.terminate();
      },
    });
  }

  #createContext(): AgentContext {
    const { commandExecutor, containerizer, files, flags, pending, sandboxes } = this.#parts;
    const forward: ForwardUpdate = (update, isNewest) => {
      this.#tellSelf(() => {
        if (this.#connection.isRegistered) this.#updates.forward(update, isNewest);
      });
    };
    return {
      self: this.self,
      runtime: this.runtime,
      flags,
      state: createAgentState(),
      counters: createCounters(this.runtime.metrics),
      containerizer,
      pending,
      sandboxes,
      files,
      statusUpdates: this.runtime.spawn(new TaskStatusUpdateManager(forward)),
      commandExecutor,
      authorizer: this.#parts.authorizer,
      executorTokens: this.#parts.executorTokens,
      agentId: () => this.#connection.agentId,
      isTerminating: () => this.#isTerminating,
      isFromMaster: (from, what) => {
        if (this.#connection.isMaster(from)) return true;
        const { master } = this.#connection;
        this.runtime.logger.warn(`Ignoring ${what} from ${from.toString()}, which is not the master ${String(master)}`);
        return false;
      },
      sendToMaster: (name, body) => {
        const { master } = this.#connection;
        if (master !== undefined) this.send(master, name, body);
      },
      send: (to, name, body) => {
        this.send(to, name, body);
      },
      link: (pid) => {
        this.link(pid);
      },
      delay: (delayMs: number, work: () => HandlerResult): Timer => this.delay(delayMs, work),
      cancel: (timer) => {
        this.cancel(timer);
      },
      later: (promise, succeeded, failed) => {
        this.#later(promise, succeeded, failed);
      },
    };
  }

  #later<T>(promise: Promise<T>, succeeded: (value: T) => void, failed: (error: unknown) => void): void {
    void promise.then(
      (value) => {
        this.#tellSelf(() => {
          succeeded(value);
        });
      },
      (error: unknown) => {
        this.#tellSelf(() => {
          failed(error);
        });
      },
    );
  }

  #tellSelf(work: () => void): void {
    const self: PID<Agent> = this.self;
    if (!this.terminated) this.runtime.tell(self, 'run', work);
  }

  #createAuthentication(): AgentAuthentication {
    const { credential, flags } = this.#parts;
    return new AgentAuthentication(
      {
        self: this.self,
        random: this.runtime.random,
        logger: this.runtime.logger,
        send: (to, name, body) => {
          this.send(to, name, body);
        },
        delay: (delayMs, work) => this.delay(delayMs, work),
        cancel: (timer) => {
          this.cancel(timer);
        },
        authenticated: (master) => {
          if (!this.#isTerminating) this.#sendRegistration(master);
        },
        // What runs here goes on, for an agent with a better credential.
        refused: () => {
          this.terminate();
        },
      },
      credential,
      {
        minMs: flags.authentication_timeout_min,
        maxMs: flags.authentication_timeout_max,
        factorMs: flags.authentication_backoff_factor,
      },
    );
  }

  #sendRegistration(master: PID): void {
    if (!this.#authentication.isReady(master)) return;
    const agentId = this.#connection.agentId;
    // `checkpoint` says nothing any more. Masters show it as every agent of Mesos says it; agents themselves do not.
    const common = {
      agent: { ...this.#info(), checkpoint: true },
      version: mesosVersion,
      agent_capabilities: [...capabilities],
    };
    if (agentId === undefined) {
      this.send(master, 'mesos.internal.RegisterAgentMessage', common);
    } else {
      this.send(master, 'mesos.internal.ReregisterAgentMessage', {
        ...common,
        ...reregistration(this.#context.state),
      });
    }
  }

  #registered(agentId: string, isNew: boolean): void {
    const { sandboxes, statusUpdates } = this.#context;
    this.runtime.tell(statusUpdates, 'resume');
    if (isNew) {
      this.#later(
        this.runtime.track(sandboxes.createAgentDirectory(agentId)),
        () => undefined,
        (error) => {
          this.runtime.logger.error(`Failed to create the directory of agent ${agentId}: ${errorText(error)}`);
        },
      );
    }
    const { master } = this.#connection;
    if (master !== undefined) {
      // Only people read it, so nothing waits for a name server.
      this.#later(
        this.#parts.detector.hostname(master),
        (hostname) => {
          this.#masterHostname = hostname;
        },
        () => undefined,
      );
    }
    this.#parts.onRegistered?.(agentId);
  }

  #info(): AgentInfo {
    const agentId = this.#connection.agentId;
    return agentId === undefined ? this.#parts.info : { ...this.#parts.info, id: { value: agentId } };
  }

  #endIfDone(): void {
    if (!this.#isTerminating || this.#context.state.frameworks.size > 0) return;
    this.#parts.onShutdown?.();
    this.terminate();
  }
}
