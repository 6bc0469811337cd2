import { errorText } from '../errors.ts';
import type { AuthenticationResult, Authenticator } from './authentication.ts';
import type { TransportRequest } from './message.ts';

interface Attempt {
  readonly scheme: string;
  readonly result: Exclude<AuthenticationResult, { kind: 'authenticated' }> | { readonly kind: 'failed'; body: string };
}

/**
 * Asks several authenticators in turn: the first that knows the client decides. If none does, the client gets the challenges of all
 * that asked again, in one header; else a refusal, if any refused; else the attempt has failed. As Mesos's combined authenticator.
 */
export class CombinedAuthenticator implements Authenticator {
  readonly scheme: string;
  readonly #authenticators: readonly Authenticator[];

  constructor(authenticators: readonly Authenticator[]) {
    this.#authenticators = authenticators;
    this.scheme = [...new Set(authenticators.map(({ scheme }) => scheme))].join(' ');
  }

  async authenticate(request: TransportRequest): Promise<AuthenticationResult> {
    const attempts: Attempt[] = [];
    for (const authenticator of this.#authenticators) {
      const { scheme } = authenticator;
      try {
        const result = await authenticator.authenticate(request);
        if (result.kind === 'authenticated') return result;
        attempts.push({ scheme, result });
      } catch (error) {
        attempts.push({ scheme, result: { kind: 'failed', body: errorText(error) } });
      }
    }
    return combine(attempts);
  }
}

function combine(attempts: readonly Attempt[]): AuthenticationResult {
  const challenges = attempts.flatMap(({ result }) =>
    result.kind === 'unauthorized' ? [result.challenges.join(', ')] : [],
  );
  if (attempts.some(({ result }) => result.kind === 'unauthorized')) {
    return { kind: 'unauthorized', challenges: [challenges.join(',')], body: bodies(attempts, 'unauthorized') };
  }
  if (attempts.some(({ result }) => result.kind === 'forbidden')) {
    return { kind: 'forbidden', body: bodies(attempts, 'forbidden') };
  }
  throw new Error(bodies(attempts, 'failed') || 'No authenticator was asked');
}

const defaults = { unauthorized: '401 Unauthorized.', forbidden: '403 Forbidden.', failed: '' };

function bodies(attempts: readonly Attempt[], kind: keyof typeof defaults): string {
  return attempts
    .filter(({ result }) => result.kind === kind)
    .map(({ scheme, result }) => ({ scheme, body: result.body ?? defaults[kind] }))
    .filter(({ body }) => body !== '')
    .map(({ scheme, body }) => `"${scheme}" authenticator returned:\n${body}`)
    .join('\n\n');
}
