/** The isolator `environment_secret`: finds the values of secrets in a command's environment. It is always there, as in Mesos. */
import type { SecretResolver } from '@mesos-ts/daemon';
import { errorText } from '@mesos-ts/libprocess';
import type { Environment_Variable } from '@mesos-ts/protocol';

import { AgentError } from '../errors.ts';
import type { ContainerConfig } from './containerizer.ts';
import type { Isolator, Preparation } from './isolator.ts';

/** Resolves secrets before a container is launched; a secret that cannot be resolved prevents the launch. */
export class EnvironmentSecretIsolator implements Isolator {
  readonly name = 'environment_secret';
  readonly #resolver: SecretResolver;

  constructor(resolver: SecretResolver) {
    this.#resolver = resolver;
  }

  async prepare(
    _containerId: string,
    { command }: ContainerConfig,
    signal: AbortSignal,
  ): Promise<Preparation | undefined> {
    const secrets = (command.environment?.variables ?? []).filter(({ type }) => type === 'SECRET');
    if (secrets.length === 0) return undefined;
    const resolved = await Promise.all(
      secrets.map(async (variable) => [variable.name, await this.#resolve(variable, signal)] as const),
    );
    return { environment: Object.fromEntries(resolved) };
  }

  isolate(): Promise<void> {
    return Promise.resolve();
  }

  update(): Promise<void> {
    return Promise.resolve();
  }

  usage(): Promise<Record<string, never>> {
    return Promise.resolve({});
  }

  cleanup(): Promise<void> {
    return Promise.resolve();
  }

  async #resolve({ name, secret = {} }: Environment_Variable, signal: AbortSignal): Promise<string> {
    let data: Uint8Array;
    try {
      data = await orAborted(async () => this.#resolver.resolve(secret, signal), signal);
    } catch (error) {
      throw failed(name, errorText(error), error);
    }
    if (data.includes(0)) throw failed(name, 'Its value has null bytes, which is not allowed in the environment');
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
    } catch (error) {
      throw failed(name, 'Its value is not UTF-8, of which environments are here', error);
    }
  }
}

function failed(name: string, reason: string, cause?: unknown): AgentError {
  const message = `Failed to resolve the secret of environment variable '${name}': ${reason}`;
  return new AgentError('AGENT_LAUNCH_FAILED', message, { cause });
}

/** What work answers, unless the signal is aborted first: a resolver need not listen to it. */
async function orAborted<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => {
      reject(new Error('The container was destroyed'));
    };
    signal.addEventListener('abort', abort, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => {
        signal.removeEventListener('abort', abort);
      });
  });
}
