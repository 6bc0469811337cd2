import type { ExitReason, HandlerResult, Logger, MessageHandler, PID, Random } from '@mesos-ts/libprocess';
import { checker } from '@mesos-ts/protocol';
import type { MessageOf, SchedulerCall } from '@mesos-ts/protocol';
import { Authenticatee, authenticationNonceBytes } from '@mesos-ts/protocol/authentication';
import type { AuthenticateeCredential } from '@mesos-ts/protocol/authentication';
import type { ConnectionListener, MasterConnection } from './connection.ts';
import { callMessage, eventMessage, subscribeAnswerMs } from './constants.ts';
import { readEvent } from './event.ts';
import type { TypedEvent } from './event.ts';

/** What an actor lends to the connection between it and the master's actor. */
export interface ActorPort {
  readonly self: PID;
  readonly logger: Logger;
  readonly random: Pick<Random, 'bytes'>;
  install<T>(name: string, handler: MessageHandler<T>, check: (body: unknown) => T): void;
  send(to: PID, name: string, body: unknown): void;
  link(to: PID): void;
  unlink(to: PID): void;
  /** An event came from somebody else than the master subscribed with. */
  stranger(from: PID, event: TypedEvent): void;
}

/** The connection between a scheduler's actor and the master's, which is as good as the link between them. */
export class ActorConnection implements MasterConnection {
  readonly answerMs = subscribeAnswerMs;
  readonly isListening = true;
  readonly #master: PID;
  readonly #credential: AuthenticateeCredential | undefined;
  readonly #port: ActorPort;
  readonly #listener: ConnectionListener;
  // The master as it calls itself, which may differ from the name that it was dialled by.
  #leader: PID | undefined;
  #attempt: SchedulerCall | undefined;
  #authentication: Authenticatee | undefined;
  // The master that has proved that it knows the framework's secret.
  #proved: PID | undefined;

  constructor(
    master: PID,
    credential: AuthenticateeCredential | undefined,
    port: ActorPort,
    listener: ConnectionListener,
  ) {
    this.#master = master;
    this.#credential = credential;
    this.#port = port;
    this.#listener = listener;
    port.install(eventMessage, (from, event) => this.#receive(from, event), readEvent);
    this.#installAuthentication();
  }

  get name(): string {
    return this.#master.toString();
  }

  subscribe(call: SchedulerCall): void {
    this.#attempt = call;
    this.#port.link(this.#master);
    if (this.#credential === undefined || this.#proved !== undefined) this.#port.send(this.#master, callMessage, call);
    else this.#authenticate(this.#credential);
  }

  send(call: SchedulerCall): boolean {
    this.#port.send(this.#master, callMessage, call);
    return true;
  }

  close(): void {
    this.#leader = undefined;
    this.#attempt = undefined;
    this.#forgetProof();
    this.#port.unlink(this.#master);
  }

  end(): undefined {
    // The link ends with the actor, after what was sent over it.
  }

  /** To be told of each actor that has ended. */
  exited(pid: PID, reason: ExitReason): HandlerResult {
    if (!pid.equals(this.#master)) return undefined;
    this.#forgetProof();
    const gone = reason.type === 'gone' ? 'there is no master' : undefined;
    return this.#listener.lost((reason.type === 'lost' ? reason.why : gone) ?? 'the connection has ended');
  }

  #authenticate(credential: AuthenticateeCredential): void {
    const nonce = this.#port.random.bytes(authenticationNonceBytes);
    this.#authentication = new Authenticatee(credential, this.#port.self.toString(), nonce);
    this.#port.send(this.#master, 'mesos.internal.AuthenticateMessage', this.#authentication.begin());
  }

  #installAuthentication(): void {
    const on = <N extends AuthenticationAnswer>(
      name: N,
      handler: (from: PID, body: MessageOf<N>) => HandlerResult,
    ): void => {
      this.#port.install<MessageOf<N>>(
        name,
        (from, body) => (from.id === this.#master.id && this.#leader === undefined ? handler(from, body) : undefined),
        checker(name),
      );
    };
    on('mesos.internal.AuthenticationChallengeMessage', (from, challenge) => {
      const answer = this.#authentication?.challenged(from.toString(), challenge);
      if (answer !== undefined) this.#port.send(from, 'mesos.internal.AuthenticationResponseMessage', answer);
    });
    on('mesos.internal.AuthenticationCompletedMessage', (from, completed) => {
      if (this.#authentication?.completed(from.toString(), completed) !== true) return;
      this.#authentication = undefined;
      this.#proved = from;
      if (this.#attempt !== undefined) this.#port.send(this.#master, callMessage, this.#attempt);
    });
    on('mesos.internal.AuthenticationFailedMessage', () =>
      this.#authentication === undefined ? undefined : this.#listener.refused('Master refused authentication'),
    );
    on('mesos.internal.AuthenticationErrorMessage', (from, { error }) => {
      this.#port.logger.warn(`Master ${from.toString()} cannot tell who this is: ${error ?? 'no reason given'}`);
    });
  }

  #receive(from: PID, event: TypedEvent): HandlerResult {
    if (!this.#isExpected(from, event)) {
      this.#port.stranger(from, event);
      return undefined;
    }
    if (event.type === 'SUBSCRIBED') this.#leader = from;
    return this.#listener.received(event);
  }

  /** Events come from the master that has taken the framework, and before that only an answer to SUBSCRIBE can come. */
  #isExpected(from: PID, event: TypedEvent): boolean {
    if (this.#leader !== undefined) return from.equals(this.#leader);
    if (this.#credential !== undefined && this.#proved?.equals(from) !== true) return false;
    return from.id === this.#master.id && (event.type === 'SUBSCRIBED' || event.type === 'ERROR');
  }

  /** The master forgets who this is when the connection breaks. */
  #forgetProof(): void {
    this.#proved = undefined;
    this.#authentication = undefined;
  }
}

/** What a master says to who wants to prove who it is. */
type AuthenticationAnswer =
  | 'mesos.internal.AuthenticationChallengeMessage'
  | 'mesos.internal.AuthenticationCompletedMessage'
  | 'mesos.internal.AuthenticationFailedMessage'
  | 'mesos.internal.AuthenticationErrorMessage';
