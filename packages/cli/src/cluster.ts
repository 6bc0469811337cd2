import { readFile } from 'node:fs/promises';
import { flag } from '@mesos-ts/flags';
import { errorText } from '@mesos-ts/libprocess';
import { CliError } from './errors.ts';
import { HttpClient } from './http/http-client.ts';
import { isSecureMaster, masterAddress, masterFlag } from './master-flag.ts';
import type { Credentials, OperatorClient } from '@mesos-ts/operator';
import type { Variables } from './io.ts';

/** The flags of commands that ask a cluster: which, and who asks. */
export const clusterFlags = {
  master: masterFlag,
  principal: flag.string({
    help: 'Who you are, where the cluster wants to know. The secret is in --secret_file or in MESOS_SECRET.',
  }),
  secret_file: flag.path({ help: "A file with the principal's secret, and nothing else." }),
};

/** The flag of commands that also print for scripts. */
export const jsonFlag = flag.boolean({ default: false, help: 'Prints what the cluster tells, as JSON.' });

/** The values of `clusterFlags`. */
export interface ClusterFlags {
  readonly master: string;
  readonly principal: string | undefined;
  readonly secret_file: string | undefined;
}

/** A cluster that can be asked. */
export interface ClusterAccess {
  /** The master's `host:port`. */
  readonly address: string;
  readonly http: HttpClient;
  readonly client: OperatorClient;
}

/** The cluster that the flags and the environment say. Throws `CLI_CREDENTIALS_INVALID` and `CLI_ENVIRONMENT_INVALID`. */
export async function clusterOf(flags: ClusterFlags, env: Variables): Promise<ClusterAccess> {
  const address = masterAddress(flags.master);
  const http = await HttpClient.of(env, isSecureMaster(flags.master), await credentialsOf(flags, env));
  return { address, http, client: http.operator(address) };
}

async function credentialsOf(
  { principal, secret_file }: ClusterFlags,
  env: Variables,
): Promise<Credentials | undefined> {
  if (principal === undefined) {
    if (secret_file === undefined) return undefined;
    throw new CliError('CLI_CREDENTIALS_INVALID', '--secret_file needs --principal');
  }
  if (secret_file === undefined) {
    const secret = env['MESOS_SECRET'] ?? '';
    if (secret !== '') return { principal, secret };
    throw new CliError(
      'CLI_CREDENTIALS_INVALID',
      '--principal needs --secret_file, or MESOS_SECRET in the environment',
    );
  }
  try {
    return { principal, secret: (await readFile(secret_file, 'utf8')).replace(/\r?\n$/, '') };
  } catch (error) {
    throw new CliError('CLI_CREDENTIALS_INVALID', `--secret_file: ${errorText(error)}`, { cause: error });
  }
}
