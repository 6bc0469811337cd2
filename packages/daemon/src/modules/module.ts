import type { Authenticator } from '@mesos-ts/libprocess';
import type { PeerAuthenticator } from '../authentication/peer-authenticator.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import type { SecretResolver } from '../secret-resolver.ts';

/** What the manifest says to a module: values by key. */
export type ModuleParameters = Readonly<Record<string, string>>;

/** Knows HTTP clients. Its name may stand in `--http_authenticators` and `--http_framework_authenticators`. */
export interface HttpAuthenticatorModule {
  readonly kind: 'HttpAuthenticator';
  /** Is called for each realm that it guards, and again when credentials were renewed. */
  create(parameters: ModuleParameters, realm: string): Authenticator;
}

/** Knows agents and schedulers that are actors. Its name may stand in the master's `--authenticators`. */
export interface AuthenticatorModule {
  readonly kind: 'Authenticator';
  create(parameters: ModuleParameters): PeerAuthenticator;
}

/** Decides what clients may do. Its name may stand in the master's `--authorizers` and the agent's `--authorizer`. */
export interface AuthorizerModule {
  readonly kind: 'Authorizer';
  create(parameters: ModuleParameters): Authorizer;
}

/** Finds the values of secrets. Its name may stand in the agent's `--secret_resolver`. */
export interface SecretResolverModule {
  readonly kind: 'SecretResolver';
  create(parameters: ModuleParameters): SecretResolver;
}

/** What a library of `--modules` exports, under the name of the module. */
export type Module = HttpAuthenticatorModule | AuthenticatorModule | AuthorizerModule | SecretResolverModule;

const kinds: readonly string[] = [
  'HttpAuthenticator',
  'Authenticator',
  'Authorizer',
  'SecretResolver',
] satisfies Module['kind'][];

/** What is wrong with something that should be a module, or nothing. */
export function moduleProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'is not an object with a kind';
  const { create, kind }: { readonly create?: unknown; readonly kind?: unknown } = value;
  if (typeof kind !== 'string' || !kinds.includes(kind)) return `is none of these kinds: ${kinds.join(', ')}`;
  return typeof create === 'function' ? undefined : "has no function 'create'";
}
