import { readFile } from 'node:fs/promises';
import { flag } from '@mesos-ts/flags';
import { errorText } from '@mesos-ts/libprocess';
import { OperatorClient } from '@mesos-ts/operator';
import { CliError } from './errors.ts';
import { masterFlag, masterLocation } from './master-flag.ts';
import { transportOf } from './transport.ts';
import type { AgentClient, OperatorClientOptions } from '@mesos-ts/operator';
import type { Variables } from './io.ts';

/** How often to ask again while no master leads. People wait. */
const retriesMax = 3;

/** The flags of commands that ask a cluster: which, and who asks. */
export const clusterFlags = {
  master: masterFlag,
  principal: flag.string({
    help: 'Who you are, where the cluster wants to know. The secret is in --secret_file or in MESOS_SECRET.',
  }),
  secret_file: flag.path({ help: "A file with the principal's secret, and nothing else." }),
  timeout: flag.duration({ default: 60_000, min: 1, help: 'How long the cluster may take to answer.' }),
  token_file: flag.path({
    help: 'A file with a token (JWT) that proves who you are, in place of a secret. Or the token is in MESOS_TOKEN.',
  }),
};

/** The flag of commands that also print for scripts. */
export const jsonFlag = flag.boolean({ default: false, help: 'Prints what the cluster tells, as JSON.' });

/** The values of `clusterFlags`. */
export interface ClusterFlags {
  readonly master: string;
  readonly principal: string | undefined;
  readonly secret_file: string | undefined;
  readonly timeout: number;
  readonly token_file: string | undefined;
}

/** A cluster that can be asked. */
export interface ClusterAccess {
  readonly client: OperatorClient;
  /** A client of the agent whose PID the master has told. */
  readonly agent: (pid: string) => AgentClient;
}

/** The cluster that the flags and the environment say. Rejects with `CLI_CREDENTIALS_INVALID`, `CLI_ENVIRONMENT_INVALID`, and as `masterLocation`. */
export async function clusterOf(flags: ClusterFlags, env: Variables): Promise<ClusterAccess> {
  const { addresses, isSecure } = await masterLocation(flags.master, flags.timeout);
  const { fetch, scheme } = await transportOf(env, isSecure);
  const client = new OperatorClient({
    urls: addresses.map((address) => `${scheme}://${address}`),
    fetch,
    retries: retriesMax,
    timeoutMs: flags.timeout,
    ...(await identityOf(flags, env)),
  });
  return {
    client,
    agent: (pid) => client.agent(`${scheme}://${pid.slice(pid.lastIndexOf('@') + 1)}`),
  };
}

/** Who asks. What a flag says goes before what the environment says. */
async function identityOf(
  flags: ClusterFlags,
  env: Variables,
): Promise<Pick<OperatorClientOptions, 'credentials' | 'token'>> {
  const { principal, secret_file, token_file } = flags;
  if (token_file !== undefined) {
    if (secret_file === undefined) return { token: await contentsOf('token_file', token_file) };
    throw new CliError('CLI_CREDENTIALS_INVALID', '--secret_file and --token_file are one too many');
  }
  if (secret_file !== undefined) {
    if (principal === undefined) throw new CliError('CLI_CREDENTIALS_INVALID', '--secret_file needs --principal');
    return { credentials: { principal, secret: await contentsOf('secret_file', secret_file) } };
  }
  const { MESOS_SECRET: secret = '', MESOS_TOKEN: token = '' } = env;
  if (token !== '') return { token };
  if (principal === undefined) return {};
  if (secret !== '') return { credentials: { principal, secret } };
  throw new CliError('CLI_CREDENTIALS_INVALID', '--principal needs --secret_file, or MESOS_SECRET in the environment');
}

/** What a file has but for the end of its line. */
async function contentsOf(name: string, path: string): Promise<string> {
  try {
    const text = (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
    // Header fields can hold no more: what fetch says of one that does would tell the secret.
    if (text !== '' && !/\p{Cc}/u.test(text)) return text;
  } catch (error) {
    throw new CliError('CLI_CREDENTIALS_INVALID', `--${name}: cannot read '${path}': ${errorText(error)}`, {
      cause: error,
    });
  }
  throw new CliError('CLI_CREDENTIALS_INVALID', `--${name}: expecting one line in '${path}'`);
}
