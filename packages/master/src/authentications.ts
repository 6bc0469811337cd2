import { AuthenticationSession, authenticationNonceBytes } from '@mesos-ts/protocol/authentication';
import type { Credentials, PeerAuthenticator } from '@mesos-ts/daemon';
import type { X509Certificate } from 'node:crypto';
import type { Logger, PID, Random, Timer } from '@mesos-ts/libprocess';
import type {
  AuthenticateMessage,
  AuthenticationResponseMessage,
  MessageName,
  MessageOf,
  SchedulerCall,
} from '@mesos-ts/protocol';

/** Which agents and schedulers that are actors must have proved who they are, and how. */
export interface AuthenticationSettings {
  /** What challenges are answered with; nobody is challenged without. */
  readonly credentials: Credentials | undefined;
  /** Who knows others by how they come. The first that does decides, but for what was proved by a challenge. */
  readonly peers: readonly PeerAuthenticator[];
  /** How long an attempt may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly agentsMust: boolean;
  readonly frameworksMust: boolean;
}

/** Nobody must have proved who it is, and nobody can. */
export const noAuthentication: AuthenticationSettings = {
  credentials: undefined,
  peers: [],
  timeoutMs: 15_000,
  agentsMust: false,
  frameworksMust: false,
};

/** Mesos's name for the challenge. */
export const byChallenge = 'crammd5';

/** What authentication asks of the master's actor. */
export interface AuthenticationsHost {
  readonly self: PID;
  readonly random: Pick<Random, 'bytes'>;
  readonly logger: Logger;
  /** The certificate that the runtime of an actor has shown. */
  certificateOf(pid: PID): X509Certificate | undefined;
  send<N extends MessageName>(to: PID, name: N, body: MessageOf<N>): void;
  link(pid: PID): void;
  delay(delayMs: number, work: () => void): Timer;
  cancel(timer: Timer): void;
  count(name: string): void;
}

/** Attempts that may be under way at once: each is somebody who has not answered yet. */
const attemptsMax = 10_000;

interface Attempt {
  readonly session: AuthenticationSession;
  readonly timer: Timer;
}

/** Who agents and schedulers that are actors have proved to be, by where they are, for as long as their connection holds. */
export class Authentications {
  readonly #host: AuthenticationsHost;
  #settings: AuthenticationSettings;
  readonly #attempts = new Map<string, Attempt>();
  readonly #principals = new Map<string, string>();

  constructor(host: AuthenticationsHost, settings: AuthenticationSettings) {
    this.#host = host;
    this.#settings = settings;
  }

  /** From now on others may prove who they are. What was proved holds for as long as its connection. */
  useCredentials(credentials: Credentials | undefined): void {
    this.#settings = { ...this.#settings, credentials };
  }

  /** Who somebody has proved to be. */
  principalOf(pid: PID): string | undefined {
    const proved = this.#principals.get(pid.toString());
    const { peers } = this.#settings;
    if (proved !== undefined || peers.length === 0) return proved;
    const peer = { pid, certificate: this.#host.certificateOf(pid) };
    for (const authenticator of peers) {
      const principal = authenticator.principalOf(peer);
      if (principal !== undefined) return principal;
    }
    return undefined;
  }

  /** Somebody wants to prove who it is. What it has proved before is void. */
  begin(from: PID, message: AuthenticateMessage): void {
    const key = from.toString();
    this.#host.count('messages_authenticate');
    this.#principals.delete(key);
    this.#end(key);
    const { credentials, timeoutMs } = this.#settings;
    const problem =
      credentials === undefined
        ? 'No authenticator loaded'
        : this.#attempts.size >= attemptsMax
          ? 'Too many attempts at once'
          : AuthenticationSession.problem(message);
    if (credentials === undefined || problem !== undefined) {
      this.#host.logger.warn(`Cannot authenticate ${key}: ${problem ?? ''}`);
      this.#host.send(from, 'mesos.internal.AuthenticationErrorMessage', { error: problem ?? '' });
      return;
    }
    const nonce = this.#host.random.bytes(authenticationNonceBytes);
    const session = new AuthenticationSession(credentials, this.#host.self.toString(), key, message, nonce);
    const timer = this.#host.delay(timeoutMs, () => {
      this.#host.logger.warn(`Authentication of ${key} timed out`);
      this.#attempts.delete(key);
    });
    this.#attempts.set(key, { session, timer });
    this.#host.logger.info(`Authenticating ${key}`);
    this.#host.link(from);
    this.#host.send(from, 'mesos.internal.AuthenticationChallengeMessage', session.challenge());
  }

  /** Somebody answers its challenge. */
  answered(from: PID, message: AuthenticationResponseMessage): void {
    const key = from.toString();
    const attempt = this.#attempts.get(key);
    if (attempt === undefined) {
      this.#host.logger.warn(`Ignoring an answer of ${key} to no challenge`);
      return;
    }
    this.#end(key);
    const verdict = attempt.session.answered(message);
    if (verdict.principal === undefined) {
      this.#host.logger.warn(`Authentication of ${key} was unsuccessful: Invalid credentials`);
      this.#host.send(from, 'mesos.internal.AuthenticationFailedMessage', {});
      return;
    }
    this.#host.logger.info(`Successfully authenticated principal '${verdict.principal}' at ${key}`);
    this.#principals.set(key, verdict.principal);
    this.#host.send(from, 'mesos.internal.AuthenticationCompletedMessage', verdict.message);
  }

  /** The connection to somebody broke: whoever is there next has to prove it again. */
  exited(pid: PID): void {
    this.#end(pid.toString());
    this.#principals.delete(pid.toString());
  }

  /** Whether an agent may not register because it has not proved who it is. It is told so, in case it has and the master forgot. */
  refusesAgent(from: PID): boolean {
    if (!this.#settings.agentsMust || this.principalOf(from) !== undefined) return false;
    this.#host.logger.warn(`Refusing registration of agent at ${from.toString()} because it is not authenticated`);
    this.#host.send(from, 'mesos.internal.AuthenticationErrorMessage', { error: 'Agent is not authenticated' });
    return true;
  }

  /** Why a scheduler's subscription is refused because of who has proved what, or nothing. */
  subscriptionProblem(from: PID, call: SchedulerCall): string | undefined {
    if (call.type !== 'SUBSCRIBE' || call.subscribe === undefined) return undefined;
    const principal = this.principalOf(from);
    if (principal === undefined) {
      return this.#settings.frameworksMust ? `Framework at ${from.toString()} is not authenticated` : undefined;
    }
    const said = call.subscribe.framework_info.principal;
    return said === undefined || said === principal
      ? undefined
      : `Framework principal '${said}' does not match authenticated principal '${principal}'`;
  }

  #end(key: string): void {
    const attempt = this.#attempts.get(key);
    if (attempt === undefined) return;
    this.#attempts.delete(key);
    this.#host.cancel(attempt.timer);
  }
}
