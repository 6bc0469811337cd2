import { systemServices } from '@mesos-ts/daemon';
import { deferred, errorText, Process, type HandlerResult, type PID, type Timer } from '@mesos-ts/libprocess';
import { checker, type MessageName, type MessageOf, type SchedulerCall } from '@mesos-ts/protocol';
import { Authentications, noAuthentication } from './authentications.ts';
import { AllocatorProcess } from './allocator/allocator-process.ts';
import { agentDisconnected, unregisterAgent } from './decisions/agents.ts';
import { receiveCall } from './decisions/calls.ts';
import { frameworkDisconnected, refuseSubscription, schedulerCutOff } from './decisions/frameworks.ts';
import { due } from './decisions/due.ts';
import { pong } from './decisions/health.ts';
import { makeInverseOffers } from './decisions/inverse-offers.ts';
import { makeOffers } from './decisions/offers.ts';
import { registerAgent, reregisterAgent } from './decisions/registration.ts';
import { recoverRegistry } from './decisions/registry.ts';
import { executorExited, messageToFramework, statusUpdate } from './decisions/tasks.ts';
import { Turn, type LaterEffect } from './decisions/turn.ts';
import { MasterError } from './errors.ts';
import { FrameworkMetrics } from './framework-metrics.ts';
import { installRoutes } from './http/index.ts';
import { declareMetrics } from './metrics.ts';
import { PrincipalMetrics } from './principal-metrics.ts';
import { Leadership } from './leadership.ts';
import { FrameworkRateLimits } from './rate-limits.ts';
import { readModelIn } from './read-model/in-runtime.ts';
import { eventLoopTurn } from '@mesos-ts/daemon/listing';
import { Cluster } from './state/cluster.ts';
import { Piecemeal } from './piecemeal.ts';
import { Subscribers } from './subscribers.ts';
import { RemovalLimit } from './removal-limit.ts';
import { ReturningAgents } from './returning-agents.ts';
import type { Credentials, StreamEnd } from '@mesos-ts/daemon';
import type { Allocation, AllocatorEvent } from './allocator/events.ts';
import type { InverseAllocation } from './allocator/inverse-offers.ts';
import type { Deadline, Effect } from './decisions/effects.ts';
import type { MasterOptions } from './master-options.ts';
import type { MasterFacts } from './options.ts';
import type { MasterServices } from './http/routes.ts';
import type { ReadModel } from './read-model/read-model.ts';
import type { FrameworkConnection } from './state/framework.ts';

/**
 * The master: agents register with it, schedulers subscribe to it, and it brings offers, tasks and status updates from the ones to
 * the others. This actor receives, has a pure function decide (`decisions/`), and does what was decided.
 */
export class Master extends Process {
  readonly #options: MasterOptions;
  readonly #facts: MasterFacts;
  readonly #cluster: Cluster;
  readonly #timers = new Map<string, Timer>();
  #leadership!: Leadership;
  #authentications!: Authentications;
  readonly #readModel: ReadModel;
  readonly #subscribers: Subscribers;
  #allocator: PID<AllocatorProcess> | undefined;
  #removalLimit: RemovalLimit | undefined;
  readonly #recovery = deferred<void>();
  /** What comes in crowds: agents after a failover, and what follows from changes of the registry, many of which are written at once. */
  readonly #crowds = new Piecemeal(
    (work) => {
      this.#inTurn(() => {
        work();
        this.yieldTurn();
      });
    },
    () => this.runtime.clock.monotonic(),
  );
  readonly #returning = new ReturningAgents(this.#crowds, (from, message) => {
    if (this.#authentications.refusesAgent(from)) return;
    this.#decide((turn) => {
      reregisterAgent(turn, from, message, this.#authentications.principalOf(from));
    });
  });
  #frameworkMetrics: FrameworkMetrics | undefined;
  #principalMetrics: PrincipalMetrics | undefined;
  #rateLimits: FrameworkRateLimits | undefined;

  constructor(options: MasterOptions) {
    super('master');
    this.#options = options;
    this.#cluster = new Cluster(options.facts.info, options.settings);
    const { settings } = options;
    const facts = { ...options.facts };
    this.#facts = facts;
    const { authorizer } = options;
    this.#readModel = readModelIn(() => this.runtime, { cluster: this.#cluster, facts, settings, authorizer });
    this.#subscribers = new Subscribers({
      max: options.settings.subscribersMax,
      heartbeatMs: options.settings.heartbeatIntervalMs,
      delay: (delayMs, work) => this.delay(delayMs, work),
      cancel: (timer) => {
        this.cancel(timer);
      },
      turn: (work) => this.defer(work)(),
      rest: eventLoopTurn,
      count: (name) => {
        this.runtime.metrics.counter(`master/${name}`).increment();
      },
      info: (text) => {
        this.runtime.logger.info(text);
      },
    });
  }

  protected override initialize(): void {
    this.#leadership = this.#createLeadership();
    this.#authentications = this.#createAuthentications();
    this.#rateLimits = this.#createRateLimits();
    this.#principalMetrics = new PrincipalMetrics(this.runtime, this.self);
    const allocator = this.#spawnAllocator();
    this.#installAgentMessages();
    this.#installAuthentication();
    this.#installOnLeader('mesos.v1.scheduler.Call', (from, call) => {
      this.#limited(from, () => {
        this.#receive(from, call);
      });
    });
    declareMetrics(this.runtime, this.self, this.#cluster, this.#leadership);
    const { metrics } = this.runtime;
    metrics.of(this.self).gauge('master/operator_event_stream_subscribers', () => this.#subscribers.size);
    if (this.#options.settings.publishPerFrameworkMetrics) {
      this.#frameworkMetrics = new FrameworkMetrics(this.runtime, this.self);
    }
    const { agentRemovalRate } = this.#options.settings;
    if (agentRemovalRate !== undefined) this.#removalLimit = new RemovalLimit(this.runtime.clock, agentRemovalRate);
    this.link(this.#options.registrar);
    const { settings } = this.#options;
    const facts = this.#facts;
    installRoutes({
      route: (path, handler, options) => {
        this.route(path, handler, options);
      },
      cluster: this.#cluster,
      facts,
      settings,
      readModel: this.#readModel,
      authorizer: this.#options.authorizer,
      leader: () => this.#leadership.leader,
      isRecovered: () => this.#leadership.isRecovered,
      turn: (work) => this.defer(work)(),
      newStreamId: () => this.runtime.random.uuid(),
      disconnected: (streamId, end) => {
        const self: PID<Master> = this.self;
        this.runtime.tell(self, 'streamEnded', streamId, end);
      },
      decide: (decision) => this.#decide(decision),
      services: this.#services(allocator),
    });
    this.#leadership.start();
  }

  #createLeadership(): Leadership {
    const { clock, logger } = this.runtime;
    return new Leadership(
      {
        info: this.#facts.info,
        clock,
        logger,
        later: (promise, succeeded, failed) => {
          this.#later(promise, succeeded, failed);
        },
        elected: () => {
          this.#facts.electedTimeMs = this.#leadership.electedTimeMs;
          this.#readModel.restart();
          this.#recovery.resolve(this.#recover());
          // Whoever waits hears of it; the master ends in any case.
          this.#recovery.promise.catch(() => undefined);
        },
        deposed: (reason) => {
          this.#depose(reason);
        },
      },
      this.#options.election,
    );
  }

  #later<T>(promise: Promise<T>, succeeded: (value: T) => void, failed: (error: unknown) => void): void {
    promise.then(
      (value) => {
        this.#inTurn(() => {
          succeeded(value);
        });
      },
      (error: unknown) => {
        this.#inTurn(() => {
          failed(error);
        });
      },
    );
  }

  /** Has work done in a turn of this actor's, behind what waits already. */
  #inTurn(work: () => void): void {
    this.runtime.tell<Master, 'run'>(this.self, 'run', work);
  }

  /** Ends: what is in the mailbox is handled no more. */
  #depose(reason: string): void {
    if (this.terminated) return;
    this.runtime.logger.error(`${reason}; this master ends`);
    this.terminate({
      reason: { type: 'failed', handler: 'election', error: new MasterError('MASTER_DEPOSED', reason) },
    });
  }

  #services(allocator: PID<AllocatorProcess>): MasterServices {
    return {
      ...systemServices(this.runtime, this.self.address),
      files: this.#options.files,
      logger: this.runtime.logger,
      subscribers: this.#subscribers,
      explain: (question) => this.runtime.dispatch(allocator, 'explain', [question]),
      nowMs: () => this.runtime.clock.now(),
    };
  }

  protected override async finalize(): Promise<void> {
    this.#rateLimits?.close();
    this.#removalLimit?.close();
    this.#subscribers.close();
    for (const { connection } of this.#cluster.frameworks.values()) connection?.close();
    await this.#readModel.close();
    if (this.#allocator === undefined) return;
    this.runtime.terminate(this.#allocator);
    await this.runtime.wait(this.#allocator);
  }

  protected override exited(pid: PID): void {
    if (this.#allocator?.equals(pid) === true) {
      this.runtime.logger.error('The allocator has ended, and so does the master');
      this.terminate();
      return;
    }
    if (this.#options.registrar.equals(pid)) {
      this.#end('The registrar has ended, and so does the master');
      return;
    }
    this.#authentications.exited(pid);
    const framework = this.#cluster.frameworkVia(pid.toString());
    const lost = (): void => {
      this.#lost(pid);
    };
    const isLater = framework !== undefined && this.#rateLimits?.admitEnd(framework.info.principal, lost) === 'later';
    if (!isLater) lost();
  }

  /** Agents and schedulers that are actors prove who they are by these from now on. */
  useCredentials(credentials: Credentials | undefined): void {
    this.#authentications.useCredentials(credentials);
  }

  /** Resolves when this master leads and has read the registry; rejects, and the master ends, when that cannot be read or written. */
  recovered(): Promise<void> {
    return this.#recovery.promise;
  }

  /** Reads the registry, and lets agents and frameworks in from then on. */
  async #recover(): Promise<void> {
    try {
      const contents = await this.runtime.dispatch(this.#options.registrar, 'recover', [this.#facts.info]);
      const problem = await this.defer(() => {
        const newer = this.#decide((turn) => recoverRegistry(turn, contents));
        if (newer === undefined) this.#leadership.recovered();
        return newer;
      })();
      if (problem !== undefined) throw new MasterError('REGISTRY_NEWER', problem);
    } catch (error) {
      this.#end(errorText(error));
      throw error;
    }
  }

  /** Ends the master, which cannot go on. */
  #end(text: string): void {
    if (this.terminated) return;
    this.runtime.logger.error(text);
    this.terminate();
  }

  /** Runs work in this actor's turn. */
  run(work: () => void): void {
    work();
  }

  /** Nobody is at an address any more. */
  #lost(pid: PID): void {
    if (!this.#leadership.wasElected) return;
    const framework = this.#cluster.frameworkVia(pid.toString());
    const agent = this.#cluster.agentAt(pid);
    this.#decide((turn) => {
      if (framework !== undefined) frameworkDisconnected(turn, framework);
      if (agent !== undefined) agentDisconnected(turn, agent);
    });
  }

  /** The stream of events of a scheduler, which is known by its id, has ended. */
  streamEnded(streamId: string, end: StreamEnd): void {
    const framework = this.#cluster.frameworkVia(streamId);
    this.#decide((turn) => {
      if (end === 'slow') schedulerCutOff(turn, framework);
      // None when another stream has taken over.
      if (framework !== undefined) frameworkDisconnected(turn, framework);
    });
  }

  /** Offers what the allocator gave out, and asks for what it wants back. */
  offer(allocations: readonly Allocation[], asked: readonly InverseAllocation[]): void {
    this.#decide((turn) => {
      makeOffers(turn, allocations);
      makeInverseOffers(turn, asked);
    });
  }

  #spawnAllocator(): PID<AllocatorProcess> {
    const { settings } = this.#options;
    const self: PID<Master> = this.self;
    const allocator = this.runtime.spawn(
      new AllocatorProcess({
        ...settings,
        authorizer: this.#options.authorizer,
        publishPerFramework: settings.publishPerFrameworkMetrics,
        offer: (allocations, asked) => {
          this.runtime.tell(self, 'offer', allocations, asked);
        },
      }),
    );
    this.#allocator = allocator;
    this.link(allocator);
    return allocator;
  }

  #receive(from: PID, call: SchedulerCall): void {
    const connection = this.#actorConnection(from);
    const problem = this.#authentications.subscriptionProblem(from, call);
    this.#decide((turn) => {
      if (problem === undefined) receiveCall(turn, call, connection);
      else refuseSubscription(turn, connection, call.subscribe?.framework_info, problem);
    });
  }

  /** Handles a message of an actor, unless that is a framework which sends too much: then later, or never. */
  #limited(from: PID, work: () => void): void {
    const framework = this.#cluster.frameworkVia(from.toString());
    if (framework === undefined) {
      work();
      return;
    }
    const { principal } = framework.info;
    const counted = (): void => {
      work();
      this.#principalMetrics?.processed(principal);
    };
    this.#principalMetrics?.received(principal);
    const verdict = this.#rateLimits?.admit(principal, counted) ?? 'now';
    if (verdict === 'now') {
      counted();
    } else if (verdict !== 'later') {
      const message = `Message mesos.v1.scheduler.Call dropped: capacity(${verdict.capacity}) exceeded`;
      this.runtime.logger.warn(`${message}, from ${from.toString()} (${principal ?? 'without a principal'})`);
      this.runtime.metrics.counter('master/dropped_messages').increment();
      this.send(from, 'mesos.v1.scheduler.Event', { type: 'ERROR', error: { message } });
    }
  }

  #installAuthentication(): void {
    this.#install('mesos.internal.AuthenticateMessage', (from, message) => {
      this.#authentications.begin(from, message);
    });
    this.#install('mesos.internal.AuthenticationResponseMessage', (from, message) => {
      this.#authentications.answered(from, message);
    });
  }

  #createRateLimits(): FrameworkRateLimits | undefined {
    const { rateLimits } = this.#options.settings;
    if (rateLimits === undefined) return undefined;
    return new FrameworkRateLimits(this.runtime.clock, rateLimits, (work) => {
      this.#inTurn(work);
    });
  }

  #createAuthentications(): Authentications {
    const { credentials, ...settings } = this.#options.authentication ?? noAuthentication;
    return new Authentications(
      {
        self: this.self,
        random: this.runtime.random,
        logger: this.runtime.logger,
        certificateOf: (pid) => this.#options.certificateOf?.(pid),
        send: (to, name, body) => {
          this.send(to, name, body);
        },
        link: (pid) => {
          this.link(pid);
        },
        delay: (delayMs, work) => this.delay(delayMs, work),
        cancel: (timer) => {
          this.cancel(timer);
        },
        count: (name) => {
          this.runtime.metrics.counter(`master/${name}`).increment();
        },
      },
      { credentials, ...settings },
    );
  }

  #installAgentMessages(): void {
    const on = <N extends MessageName>(
      name: N,
      decide: (turn: Turn, from: PID, message: MessageOf<N>) => void,
    ): void => {
      this.#installOnLeader(name, (from, message) => {
        this.#decide((turn) => {
          decide(turn, from, message);
        });
      });
    };
    on('mesos.internal.RegisterAgentMessage', (turn, from, message) => {
      if (this.#authentications.refusesAgent(from)) return;
      registerAgent(turn, from, message, this.#authentications.principalOf(from));
    });
    this.#installOnLeader('mesos.internal.ReregisterAgentMessage', (from, message) => {
      this.runtime.metrics.counter('master/messages_reregister_slave').increment();
      const isRefused = this.#returning.add(from, message) === 'refused';
      if (isRefused) this.#drop('mesos.internal.ReregisterAgentMessage', from, 'too many agents wait');
    });
    on('mesos.internal.UnregisterAgentMessage', (turn, from, message) => {
      this.#returning.delete(from);
      unregisterAgent(turn, from, message);
    });
    this.#installOnLeader('mesos.internal.PongAgentMessage', (from) => {
      this.#decide((turn) => {
        pong(turn, from);
      });
    });
    on('mesos.internal.StatusUpdateMessage', statusUpdate);
    on('mesos.internal.ExitedExecutorMessage', executorExited);
    on('mesos.internal.ExecutorToFrameworkMessage', messageToFramework);
  }

  /** Installs a handler of messages that only a master which leads, and has recovered, can handle: as Mesos's, others drop them. */
  #installOnLeader<N extends MessageName>(name: N, handler: (from: PID, body: MessageOf<N>) => HandlerResult): void {
    this.#install(name, (from, body) => {
      if (this.#leadership.isRecovered) return handler(from, body);
      this.#drop(name, from, `not ${this.#leadership.wasElected ? 'recovered' : 'elected'} yet`);
      return undefined;
    });
  }

  #drop(name: MessageName, from: PID, why: string): void {
    this.runtime.logger.warn(`Dropping ${name} from ${from.toString()}: ${why}`);
    this.runtime.metrics.counter('master/dropped_messages').increment();
  }

  #install<N extends MessageName>(name: N, handler: (from: PID, body: MessageOf<N>) => HandlerResult): void {
    this.install(name, handler, checker(name));
  }

  #actorConnection(pid: PID): FrameworkConnection {
    return {
      key: pid.toString(),
      name: pid.toString(),
      pid,
      principal: this.#authentications.principalOf(pid),
      send: (event) => {
        this.send(pid, 'mesos.v1.scheduler.Event', event);
      },
      // Connections between runtimes are shared by all their actors: there is nothing to close for one of them.
      close: () => undefined,
    };
  }

  /** Runs a decision and does what it asks for. */
  #decide<R>(decision: (turn: Turn) => R): R {
    if (!this.#leadership.isLeading()) {
      // The clock is the first to know, in a program that was paused: nobody hears of what it would do now.
      const reason = 'Lost leadership: it was not confirmed in time';
      this.#depose(reason);
      throw new MasterError('MASTER_DEPOSED', reason);
    }
    const { authorizer, settings } = this.#options;
    const turn = new Turn(this.#cluster, settings, this.runtime.clock.now(), this.#subscribers.size > 0, authorizer);
    const result = decision(turn);
    this.#readModel.decided();
    const changes = this.#cluster.takeFrameworkChanges();
    if (changes !== undefined) {
      this.#frameworkMetrics?.update(changes);
      this.#principalMetrics?.update(changes);
    }
    const allocatorEvents: AllocatorEvent[] = [];
    for (const effect of turn.effects) {
      if (effect.type === 'allocator') allocatorEvents.push(effect.event);
      else this.#perform(effect);
    }
    // Together, so that no allocation happens between what belongs together.
    if (allocatorEvents.length > 0 && this.#allocator !== undefined) {
      this.runtime.tell(this.#allocator, 'handle', allocatorEvents);
    }
    return result;
  }

  #perform(effect: Exclude<Effect | LaterEffect, { type: 'allocator' }>): void {
    switch (effect.type) {
      case 'send':
        this.send(effect.to, effect.name, effect.body);
        break;
      case 'event':
        effect.to.send(effect.event);
        break;
      case 'close':
        effect.connection.close();
        break;
      case 'link':
        this.link(effect.pid);
        break;
      case 'unlink':
        this.unlink(effect.pid);
        // Nobody would tell when it is gone.
        this.#authentications.exited(effect.pid);
        break;
      case 'start-timer':
        this.#startTimer(effect.name, effect.delayMs, effect.deadline);
        break;
      case 'stop-timer':
        this.#stopTimer(effect.name);
        break;
      case 'publish':
        this.#subscribers.publish(effect.event);
        break;
      case 'count':
        this.runtime.metrics.counter(`master/${effect.name}`).increment();
        break;
      case 'registry':
        this.#changeRegistry(effect);
        break;
      case 'await-unreachable':
        this.#removalLimit?.await(
          effect.agentId,
          this.defer(() => {
            this.#decide(effect.next);
          }),
        );
        break;
      case 'cancel-unreachable':
        this.#removalLimit?.cancel(effect.agentId);
        break;
      case 'end':
        this.#end(effect.text);
        break;
      case 'log':
        this.runtime.logger[effect.level](effect.text);
        break;
    }
  }

  /** Has the registry changed, and decides on when it is, in the order of the changes. */
  #changeRegistry({ operation, next }: Extract<LaterEffect, { type: 'registry' }>): void {
    const applied = (isMade: boolean): void => {
      this.#crowds.add(() => {
        this.#decide((turn) => {
          next(turn, isMade);
        });
      });
    };
    // What cannot be written must not be acted upon: the master that is next reads what was.
    const failed = this.defer((error: unknown) => {
      this.#end(errorText(error));
    });
    this.runtime
      .dispatch(this.#options.registrar, 'apply', [operation])
      .then(applied, failed)
      // This actor has ended meanwhile.
      .catch(() => undefined);
  }

  #startTimer(name: string, delayMs: number, deadline: Deadline): void {
    this.#stopTimer(name);
    this.#timers.set(
      name,
      this.delay(delayMs, () => {
        this.#timers.delete(name);
        this.#decide((turn) => {
          due(turn, deadline);
        });
      }),
    );
  }

  #stopTimer(name: string): void {
    const timer = this.#timers.get(name);
    if (timer === undefined) return;
    this.#timers.delete(name);
    this.cancel(timer);
  }
}
