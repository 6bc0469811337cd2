/** The agent's side of proving to a master who it is, before it registers. */
import type { Logger, PID, Random, Timer } from '@mesos-ts/libprocess';
import { Authenticatee, authenticationNonceBytes } from '@mesos-ts/protocol/authentication';
import type {
  AuthenticationChallengeMessage,
  AuthenticationCompletedMessage,
  MessageName,
  MessageOf,
} from '@mesos-ts/protocol';
import type { Credential } from '@mesos-ts/daemon';

/** How long the master may take: a random time of at least `minMs`, and of up to `factorMs` and its doubles more, at most `maxMs`. */
export interface AuthenticationPatience {
  readonly minMs: number;
  readonly maxMs: number;
  readonly factorMs: number;
}

/** What authentication asks of the agent's actor. */
export interface AuthenticationHost {
  readonly self: PID;
  readonly random: Pick<Random, 'bytes' | 'next'>;
  readonly logger: Logger;
  send<N extends MessageName>(to: PID, name: N, body: MessageOf<N>): void;
  delay(delayMs: number, work: () => void): Timer;
  cancel(timer: Timer): void;
  /** The agent has proved who it is, and the master that it knows the secret. */
  authenticated(master: PID): void;
  /** The master does not take the credential. */
  refused(): void;
}

/** How long the master may take after so many attempts that have failed. */
export function authenticationTimeoutMs(patience: AuthenticationPatience, failures: number, random: number): number {
  const { factorMs, maxMs, minMs } = patience;
  const most = Math.min(maxMs, minMs + factorMs * 2 ** (failures + 1));
  return Math.min(minMs, most) + Math.max(0, most - minMs) * random;
}

/** Proves to one master after the other who the agent is. */
export class AgentAuthentication {
  readonly #host: AuthenticationHost;
  #credential: Credential | undefined;
  readonly #patience: AuthenticationPatience;
  #attempt: Authenticatee | undefined;
  #timer: Timer | undefined;
  #master: PID | undefined;
  /** The master that has proved that it knows the secret, as it calls itself. */
  #proved: PID | undefined;
  #failures = 0;

  /** @param credential Without one, there is nothing to prove. */
  constructor(host: AuthenticationHost, credential: Credential | undefined, patience: AuthenticationPatience) {
    this.#host = host;
    this.#credential = credential;
    this.#patience = patience;
  }

  /** The agent proves by this who it is, the next time that it has to. */
  useCredential(credential: Credential | undefined): void {
    this.#credential = credential;
  }

  /** Whether the agent may register with a master now. If not, it begins to prove who it is, unless it is about to. */
  isReady(master: PID): boolean {
    if (this.#credential === undefined) return true;
    const isSame = this.#master?.equals(master) === true;
    if (isSame && this.#proved !== undefined) return true;
    if (!isSame || this.#attempt === undefined) this.#begin(master, this.#credential);
    return false;
  }

  /** Whether somebody may say that it has registered the agent. */
  isProvedBy(from: PID): boolean {
    return this.#credential === undefined || this.#proved?.equals(from) === true;
  }

  /** Forgets what was proved: the connection to the master broke, or the master has forgotten it. */
  reset(): void {
    this.#proved = undefined;
    this.#stop();
  }

  /** The master's challenge. */
  challenged(from: PID, message: AuthenticationChallengeMessage): void {
    const answer = this.#attempt?.challenged(from.toString(), message);
    if (answer === undefined)
      this.#host.logger.warn(`Ignoring a challenge of ${from.toString()} that was not asked for`);
    else this.#host.send(from, 'mesos.internal.AuthenticationResponseMessage', answer);
  }

  /** The master says that it knows the agent now. */
  completed(from: PID, message: AuthenticationCompletedMessage): void {
    const master = this.#master;
    if (this.#attempt === undefined || master === undefined) return;
    if (!this.#attempt.completed(from.toString(), message)) {
      this.#host.logger.error(`${from.toString()} does not know the agent's secret: it is no master to follow`);
      return;
    }
    this.#stop();
    this.#proved = from;
    this.#failures = 0;
    this.#host.logger.info(`Successfully authenticated with master ${from.toString()}`);
    this.#host.authenticated(master);
  }

  /** The master does not take the credential. */
  failed(from: PID): void {
    if (this.#attempt === undefined) return;
    this.#stop();
    this.#host.logger.error(`Master ${from.toString()} refused authentication`);
    this.#host.refused();
  }

  /** The master cannot tell, or wants to be told again who this is. */
  errored(from: PID, reason: string): void {
    const hint = this.#credential === undefined ? ' (it has no --credential)' : '';
    this.#host.logger.warn(`Master ${from.toString()} does not know who this agent is: ${reason}${hint}`);
    this.reset();
  }

  #begin(master: PID, credential: Credential): void {
    this.reset();
    this.#master = master;
    const { random, self } = this.#host;
    this.#attempt = new Authenticatee(credential, self.toString(), random.bytes(authenticationNonceBytes));
    this.#timer = this.#host.delay(authenticationTimeoutMs(this.#patience, this.#failures, random.next()), () => {
      this.#host.logger.warn(`Authentication with ${master.toString()} timed out`);
      this.#failures++;
      this.#begin(master, credential);
    });
    this.#host.send(master, 'mesos.internal.AuthenticateMessage', this.#attempt.begin());
  }

  #stop(): void {
    this.#attempt = undefined;
    if (this.#timer !== undefined) this.#host.cancel(this.#timer);
    this.#timer = undefined;
  }
}
