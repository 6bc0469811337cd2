/**
 * The agent's relation to its master: registration with growing pauses, pings, and registration again when the master is lost, is
 * silent for too long, or has lost the agent.
 */
import { errorText } from '@mesos-ts/libprocess';
import type { ExitReason, PID, ProcessRuntime, Timer } from '@mesos-ts/libprocess';
import type { AgentRegisteredMessage, AgentReregisteredMessage, MasterAgentConnection } from '@mesos-ts/protocol';

import {
  masterPingTimeoutMs,
  masterSilenceToldAfterMs,
  registerRetryIntervalMaxMs,
  registrationRetryMinMs,
} from './constants.ts';
import type { LeadingMaster, MasterDetector } from './master-address.ts';

/** What the connection asks of the actor. */
export interface MasterConnectionHost {
  readonly runtime: ProcessRuntime;
  readonly detector: MasterDetector;
  /** The longest pause before the first attempt; those before later ones grow from it. */
  readonly backoffFactorMs: number;
  link(pid: PID): void;
  delay(delayMs: number, work: () => void): Timer;
  cancel(timer: Timer): void;
  readonly later: <T>(promise: Promise<T>, succeeded: (value: T) => void, failed: (error: unknown) => void) => void;
  /** Sends the message that registers the agent, or registers it again. */
  sendRegistration(master: PID): void;
  /** The agent has registered; under its first id if `isNew`. */
  registered(agentId: string, isNew: boolean): void;
  /** The agent is without a master from now on. */
  disconnected(): void;
  /** Nobody will ever say which master leads: the agent cannot go on. */
  readonly undetectable: (error: unknown) => void;
}

/** The longest pause before the next attempt, after one that was preceded by a pause of at most `before`. */
export function nextBackoffMs(before: number): number {
  return Math.min(before * 2, registerRetryIntervalMaxMs);
}

/** How long silence of the master is borne. */
export function pingTimeoutMs(connection: MasterAgentConnection | undefined): number {
  const seconds = connection?.total_ping_timeout_seconds;
  return seconds === undefined || seconds <= 0 ? masterPingTimeoutMs : seconds * 1000;
}

/** Keeps the agent registered. */
export class MasterConnection {
  readonly #host: MasterConnectionHost;
  #phase: 'disconnected' | 'registered' | 'stopped' = 'disconnected';
  #master: PID | undefined;
  /** The master that leads, where somebody says so. */
  #leader: LeadingMaster | undefined;
  /** The master as it calls itself, where that differs from the address at which it was dialled. */
  #alias: PID | undefined;
  #agentId: string | undefined;
  #retry: Timer | undefined;
  #pingTimer: Timer | undefined;
  #pingTimeoutMs = masterPingTimeoutMs;
  /** Registrations sent since the agent was last without a master, and when the first of them was. */
  #attempts = 0;
  /** What was in the way of the attempt before, where it is known. */
  #problem: string | undefined;
  #firstAttemptMs = 0;

  constructor(host: MasterConnectionHost) {
    this.#host = host;
  }

  /** The master that is followed; undefined until it was found. */
  get master(): PID | undefined {
    return this.#master;
  }

  /** The id under which the agent has registered. */
  get agentId(): string | undefined {
    return this.#agentId;
  }

  get isRegistered(): boolean {
    return this.#phase === 'registered';
  }

  /** Begins to register. */
  start(): void {
    if (this.#host.detector.next === undefined) this.#begin();
    else this.#follow(undefined);
  }

  /** Stops registering and expecting pings; the agent is on its way out. */
  stop(): void {
    this.#phase = 'stopped';
    this.#cancel(this.#retry);
    this.#cancel(this.#pingTimer);
  }

  /** The connection to somebody broke. */
  exited(pid: PID, reason: ExitReason): void {
    if (this.#master === undefined || !this.#master.equals(pid)) return;
    if (this.#phase === 'registered') this.#reconnect('Master disconnected');
    else if (reason.type === 'gone') this.#problem = 'there is no master';
    else if (reason.type === 'lost') this.#problem = reason.why;
  }

  /** Whether a message comes from the master that is followed. */
  isMaster(from: PID): boolean {
    return this.#master?.equals(from) === true || this.#alias?.equals(from) === true;
  }

  /** Learns from an answer to a registration how the master calls itself. */
  learnAlias(from: PID): void {
    if (this.#phase === 'disconnected' && this.#master?.id === from.id) this.#alias = from;
  }

  /** The master says that the agent is registered, for the first time or again. Answers false when the agent cannot go on. */
  registered(message: AgentRegisteredMessage | AgentReregisteredMessage): boolean {
    const { runtime } = this.#host;
    const agentId = message.agent_id.value;
    if (this.#agentId !== undefined && this.#agentId !== agentId) {
      runtime.logger.error(`Registered but got wrong id: ${agentId} (expected: ${this.#agentId})`);
      return false;
    }
    if (this.#phase !== 'disconnected') return true;
    const isNew = this.#agentId === undefined;
    runtime.logger.info(`${isNew ? 'Registered' : 'Re-registered'} with master ${String(this.#master)} as ${agentId}`);
    this.#phase = 'registered';
    this.#attempts = 0;
    this.#problem = undefined;
    this.#agentId = agentId;
    this.#cancel(this.#retry);
    this.#pingTimeoutMs = pingTimeoutMs(message.connection);
    this.#expectPing();
    this.#host.registered(agentId, isNew);
    return true;
  }

  /** A ping of the master, which says whether it takes this agent for connected. */
  pinged(isConnected: boolean): void {
    if (this.#phase !== 'registered') return;
    if (isConnected) this.#expectPing();
    else this.#reconnect('The master takes the agent for disconnected');
  }

  /** Hears of each leader, and then of the next one. */
  #follow(previous: LeadingMaster | undefined): void {
    const { detector, later, undetectable } = this.#host;
    if (detector.next === undefined) return;
    later(
      detector.next(previous),
      (leader) => {
        if (this.#phase === 'stopped') return;
        this.#leads(leader);
        this.#follow(leader);
      },
      undetectable,
    );
  }

  /** Another master leads, or none does. */
  #leads(leader: LeadingMaster | undefined): void {
    const { logger } = this.#host.runtime;
    if (leader !== undefined) logger.info(`New master detected at ${leader.pid.toString()}`);
    else if (this.#leader !== undefined) logger.info('Lost leading master');
    this.#leader = leader;
    // What the one before may still say does not count any more.
    this.#master = undefined;
    this.#alias = undefined;
    this.#cancel(this.#pingTimer);
    this.#cancel(this.#retry);
    this.#attempts = 0;
    if (this.#phase === 'registered') {
      this.#phase = 'disconnected';
      this.#host.disconnected();
    }
    if (leader !== undefined) this.#begin();
  }

  #begin(): void {
    const { backoffFactorMs, runtime } = this.#host;
    this.#attemptAfter(backoffFactorMs * runtime.random.next(), nextBackoffMs(backoffFactorMs));
  }

  #find(): Promise<PID> {
    const { detector, runtime } = this.#host;
    return this.#leader === undefined ? runtime.track(detector.detect()) : Promise.resolve(this.#leader.pid);
  }

  #expectPing(): void {
    this.#cancel(this.#pingTimer);
    this.#pingTimer = this.#host.delay(this.#pingTimeoutMs, () => {
      if (this.#phase === 'registered') this.#reconnect(`No ping from the master within ${this.#pingTimeoutMs} ms`);
    });
  }

  #reconnect(reason: string): void {
    this.#host.runtime.logger.warn(`${reason}; registering again`);
    this.#phase = 'disconnected';
    this.#cancel(this.#pingTimer);
    this.#host.disconnected();
    this.#begin();
  }

  #attemptAfter(delayMs: number, backoffMs: number): void {
    this.#cancel(this.#retry);
    this.#retry = this.#host.delay(delayMs, () => {
      this.#attempt(backoffMs);
    });
  }

  #attempt(backoffMs: number): void {
    if (this.#phase !== 'disconnected') return;
    const { detector, runtime } = this.#host;
    // Begins again when somebody leads.
    if (detector.next !== undefined && this.#leader === undefined) return;
    const leader = this.#leader;
    this.#host.later(
      this.#find(),
      (master) => {
        if (this.#phase !== 'disconnected' || this.#leader !== leader) return;
        this.#tellSilence(master);
        this.#attempts++;
        this.#master = master;
        this.#host.link(master);
        this.#host.sendRegistration(master);
      },
      (error) => {
        runtime.logger.warn(`${errorText(error)}; trying again`);
      },
    );
    const delayMs = Math.max(registrationRetryMinMs, backoffMs * runtime.random.next());
    this.#attemptAfter(delayMs, nextBackoffMs(backoffMs));
  }

  /** Says that nobody answers, unless the attempts have only just begun. */
  #tellSilence(master: PID): void {
    const { clock, logger } = this.#host.runtime;
    if (this.#attempts === 0) this.#firstAttemptMs = clock.monotonic();
    else if (clock.monotonic() - this.#firstAttemptMs >= masterSilenceToldAfterMs) {
      const why = this.#problem === undefined ? '' : ` (${this.#problem})`;
      logger.warn(`No answer from ${String(master)}${why}; registering again, attempt ${this.#attempts + 1}`);
    }
  }

  #cancel(timer: Timer | undefined): void {
    if (timer !== undefined) this.#host.cancel(timer);
  }
}
