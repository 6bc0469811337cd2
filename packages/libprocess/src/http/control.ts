import { endpointOf } from './router.ts';
import { textResponse } from './message.ts';
import { compareTexts } from '../text.ts';
import type { InstalledRoute } from '../actor/handlers.ts';
import type { Authenticator, AuthorizationCallback } from './authentication.ts';
import type { HttpResponse, TransportRequest } from './message.ts';
import type { Candidate, RoutedActor } from './router.ts';

/** What a firewall rule looks at. */
export interface FirewallRequest {
  /** The actor's name and the path below it, decoded, without a slash at the end: `/master/state` for `/state`. */
  readonly endpoint: string;
  /** The actor that `/` belongs to. */
  readonly delegate: string | undefined;
  readonly request: TransportRequest;
}

/** Looks at a request before anything else does, and answers it if it shall go no further. */
export type FirewallRule = (request: FirewallRequest) => HttpResponse | undefined;

/** The HTTP options of a runtime. What they set can be changed later through `runtime.http`. */
export interface HttpOptions {
  /** Authenticators by realm. A realm without one lets everybody in, without a principal. */
  readonly authenticators?: Readonly<Record<string, Authenticator>>;
  /** Who may use an endpoint, by its actor and route: `/master/state`. An endpoint without a callback may be used by everybody. */
  readonly authorization?: Readonly<Record<string, AuthorizationCallback>>;
  /** Rules that are asked in this order, before authentication; the first answer counts. */
  readonly firewall?: readonly FirewallRule[];
  /** How long an authenticator and an authorization callback may take together, in milliseconds; beyond is 503. @default 30000 */
  readonly authenticationTimeoutMs?: number;
}

/** A route of a running actor. */
export interface Endpoint {
  /** The actor's name. */
  readonly id: string;
  readonly route: InstalledRoute;
}

/** An actor's name and routes. */
export interface ListedActor extends RoutedActor {
  readonly id: string;
}

const defaultAuthenticationTimeoutMs = 30_000;

/** Who may use a runtime's endpoints, and which there are. */
export class HttpControl {
  readonly authenticationTimeoutMs: number;
  /** The actor that `/` belongs to. */
  readonly delegate: string | undefined;
  readonly #actors: () => Iterable<ListedActor>;
  readonly #authenticators: Map<string, Authenticator>;
  #authorization: ReadonlyMap<string, AuthorizationCallback>;
  #firewall: readonly FirewallRule[];

  constructor(options: HttpOptions, delegate: string | undefined, actors: () => Iterable<ListedActor>) {
    this.#actors = actors;
    this.delegate = delegate;
    this.#authenticators = new Map(Object.entries(options.authenticators ?? {}));
    this.#authorization = new Map(Object.entries(options.authorization ?? {}));
    this.#firewall = options.firewall ?? [];
    this.authenticationTimeoutMs = options.authenticationTimeoutMs ?? defaultAuthenticationTimeoutMs;
  }

  /** Has requests to routes of that realm authenticated, instead of by the realm's authenticator before. */
  setAuthenticator(realm: string, authenticator: Authenticator): void {
    this.#authenticators.set(realm, authenticator);
  }

  /** Lets everybody use the routes of a realm; false when it had no authenticator. */
  unsetAuthenticator(realm: string): boolean {
    return this.#authenticators.delete(realm);
  }

  /** Sets who may use which endpoint, instead of all callbacks before: by actor and route, `/master/state`. */
  setAuthorization(callbacks: Readonly<Record<string, AuthorizationCallback>>): void {
    this.#authorization = new Map(Object.entries(callbacks));
  }

  /** Sets the rules that every request must pass, instead of all before. */
  setFirewall(rules: readonly FirewallRule[]): void {
    this.#firewall = rules;
  }

  /** The routes of every actor, in order of actor and path. */
  endpoints(): Endpoint[] {
    const endpoints = [...this.#actors()].flatMap(({ id, routes }) =>
      [...routes.values()].map((route): Endpoint => ({ id, route })),
    );
    return endpoints.toSorted((a, b) => compareTexts(a.id, b.id) || compareTexts(a.route.path, b.route.path));
  }

  /** @internal */
  authenticatorOf(realm: string | undefined): Authenticator | undefined {
    return realm === undefined ? undefined : this.#authenticators.get(realm);
  }

  /** @internal */
  authorizationOf(id: string, route: InstalledRoute): AuthorizationCallback | undefined {
    return this.#authorization.size === 0 ? undefined : this.#authorization.get(endpointOf(id, route.path));
  }

  /** @internal */
  blocked(candidate: Candidate<unknown>, request: TransportRequest): HttpResponse | undefined {
    if (this.#firewall.length === 0) return undefined;
    const asked = { endpoint: endpointOf(candidate.id, candidate.path), delegate: this.delegate, request };
    for (const rule of this.#firewall) {
      const answer = rule(asked);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }
}

/**
 * A firewall rule that refuses endpoints with 403, as Mesos's `--firewall_rules` does: `/files/browse`, or `/state` and `/master/state`
 * for one of the delegate. Only that very path is refused, not what is below it; how a client spells it makes no difference.
 */
export function disabledEndpoints(paths: Iterable<string>): FirewallRule {
  const disabled = new Set(
    [...paths].map((path) => (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path)),
  );
  return ({ delegate, endpoint }) => {
    const short =
      delegate !== undefined && endpoint.startsWith(`/${delegate}/`) ? endpoint.slice(delegate.length + 1) : '';
    const isRoot = delegate !== undefined && endpoint === `/${delegate}` && disabled.has('/');
    if (!disabled.has(endpoint) && !disabled.has(short) && !isRoot) return undefined;
    return textResponse(403, `Endpoint '${endpoint}' is disabled`);
  };
}
