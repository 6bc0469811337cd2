/** Puts a master together from its flags, and runs it in this OS process. */
import {
  Files,
  approversOf,
  completeFlags,
  ensureDirectory,
  hostnameOf,
  loadModules,
  logFile,
  mesosVersion,
  readCredentials,
  renewCredentials,
  secureHttp,
  spawnDaemonProcesses,
  startRuntime,
} from '@mesos-ts/daemon';
import { ipNumber, withoutSecret } from '@mesos-ts/election';
import { flagsToJson } from '@mesos-ts/flags';
import { parseAddress } from '@mesos-ts/libprocess';
import { State, type StateStorage } from '@mesos-ts/state';
import { masterLogPath, readonlyRealm, readwriteRealm } from './constants.ts';
import { electionOf } from './election.ts';
import { masterFlags, settingsOf, type MasterFlags } from './flags.ts';
import { Master } from './master.ts';
import { Registrar } from './registrar/registrar.ts';
import { openRegistryStorage, registryKind, type OpenedStorage } from './registry-storage.ts';
import { masterSecurity, type MasterSecurity } from './security.ts';
import type { AuthenticatorFactory, Authorizer, Credentials, PeerAuthenticator } from '@mesos-ts/daemon';
import type { Environment, Logger, PID, Runtime } from '@mesos-ts/libprocess';
import type { MasterInfo } from '@mesos-ts/protocol';
import type { Election } from './leadership.ts';

/** Options of `startMaster`. */
export interface StartMasterOptions {
  /** Values of flags; those that are left out have their defaults. */
  readonly flags?: Partial<MasterFlags>;
  /**
   * A started runtime to run in, whose delegate should be `master`; the caller closes it.
   *
   * @default one with a server of its own, by the flags
   */
  readonly runtime?: Runtime;
  /** Where the default runtime writes what an operator should know. */
  readonly logger?: Logger;
  /** Where the default runtime looks up `LIBPROCESS_*` variables. @default nowhere */
  readonly env?: Environment;
  /** Where the registry is kept; the caller closes it. @default by the flags */
  readonly registry?: StateStorage | undefined;
  /** The master's id, with which all ids that it gives begin. @default a random UUID */
  readonly id?: string;
  /** How masters are elected; the caller closes it. @default by the flags */
  readonly election?: Election;
  /** Who decides what clients may do. @default by the flags */
  readonly authorizer?: Authorizer | undefined;
  /** Authenticators that `--http_authenticators` and `--http_framework_authenticators` may name besides those that there are. */
  readonly httpAuthenticators?: Readonly<Record<string, AuthenticatorFactory>> | undefined;
  /** Authenticators of agents and frameworks that are actors, which `--authenticators` may name. */
  readonly authenticators?: Readonly<Record<string, PeerAuthenticator>> | undefined;
}

/** A running master. */
export interface MasterHandle extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly pid: PID<Master>;
  readonly info: MasterInfo;
  /** `ip:port`. */
  readonly address: string;
  /** Where its HTTP endpoints are. */
  readonly url: string;
  /** Resolves when the master has ended: `closed` if it was asked to, `failed` if something in it broke. */
  readonly ended: Promise<'closed' | 'failed'>;
  /**
   * Reads certificates, the secrets between nodes and credentials again; answers whether some are other ones. Rejects when they cannot be
   * used: then those from before remain in use.
   */
  reload(): Promise<boolean>;
  /** Ends the master. Agents and tasks go on without it. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a master. Resolves when it serves: one without rivals when it has read the registry. Rejects with `REGISTRAR_FAILED` when it cannot
 * read it.
 */
export async function startMaster(options: StartMasterOptions = {}): Promise<MasterHandle> {
  const given = completeFlags(masterFlags, options.flags ?? {});
  const flags = { ...given, registry: registryKind(given) };
  if (flags.work_dir !== undefined) ensureDirectory(flags.work_dir);
  const security = masterSecurity(flags, options, await loadModules(flags));
  const runtime = await startedRuntime(flags, options, security);
  for (const warning of security.warnings) runtime.logger.warn(warning);
  const info = await masterInfo(runtime, flags, options.id ?? runtime.random.uuid());
  spawnDaemonProcesses(runtime, { readonlyRealm, readwriteRealm });
  const opened = options.election === undefined ? await electionOf(flags, runtime) : undefined;
  const election = options.election ?? opened;
  const { authorizer } = security.http;
  const files = new Files(runtime, { realm: readonlyRealm, authorizer });
  const log = flags.external_log_file ?? logFile(flags, 'master');
  if (log !== undefined) {
    files.attach(log, masterLogPath, (principal) => approversOf(authorizer, principal).approves('ACCESS_MESOS_LOG'));
  }
  const kept = await registryOf(options, flags, runtime).catch(async (error: unknown) => {
    await opened?.close();
    if (options.runtime === undefined) await runtime.close();
    throw error;
  });
  const registrar = runtime.spawn(
    new Registrar({
      state: new State(kept.storage, runtime.random),
      foundation: kept.actor,
      fetchTimeoutMs: flags.registry_fetch_timeout,
      storeTimeoutMs: flags.registry_store_timeout,
    }),
  );
  const pid = runtime.spawn(
    new Master({
      registrar,
      settings: settingsOf(flags),
      facts: {
        info,
        startTimeMs: runtime.clock.now(),
        flags: shownFlags(flags),
      },
      election,
      files,
      authorizer,
      authentication: security.authentication,
      certificateOf: (from) => runtime.certificateOf(from),
    }),
  );
  let end: 'closed' | 'failed' = 'failed';
  const ended = runtime.wait(pid).then(() => end);
  const close = async (): Promise<void> => {
    if (runtime.has(pid.id)) end = 'closed';
    runtime.terminate(pid);
    await ended;
    runtime.terminate(registrar);
    await runtime.wait(registrar);
    await kept.close();
    // Not before this one acts no more.
    await opened?.close();
    files.close();
    if (options.runtime === undefined) await runtime.close();
  };
  try {
    // Who stands by may never lead.
    if (election === undefined) await runtime.dispatch(pid, 'recovered', []);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    runtime,
    pid,
    info,
    address: runtime.address,
    url: runtime.url,
    ended,
    reload: reloader(runtime, flags, security, (credentials) => {
      runtime.tell(pid, 'useCredentials', credentials);
    }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Where the registry is kept: what the caller gave, or what the flags ask for. */
async function registryOf(
  { registry }: StartMasterOptions,
  flags: MasterFlags,
  runtime: Runtime,
): Promise<OpenedStorage> {
  if (registry === undefined) return openRegistryStorage(flags, runtime);
  return { storage: registry, actor: undefined, close: async () => undefined };
}

/** The flags as they are shown: without the secret that a URL may have in it. */
function shownFlags(flags: MasterFlags): Record<string, string> {
  const shown = flagsToJson(masterFlags, flags);
  return { ...shown, ...(shown['zk'] === undefined ? {} : { zk: withoutSecret(shown['zk']) }) };
}

/** Reads secrets again, and has them used. */
function reloader(
  runtime: Runtime,
  flags: MasterFlags,
  { http }: MasterSecurity,
  use: (credentials: Credentials | undefined) => void,
): () => Promise<boolean> {
  let security = http;
  return async () => {
    const credentials = flags.credentials === undefined ? undefined : readCredentials(flags.credentials).value;
    const isChanged = renewCredentials(runtime, security, credentials);
    if (isChanged) use(credentials);
    security = { ...security, credentials };
    return (await runtime.reloadCredentials()) || isChanged;
  };
}

/** The given runtime, or one of its own, which nobody reaches before it is guarded. */
async function startedRuntime(
  flags: MasterFlags,
  options: StartMasterOptions,
  { http, needsCertificates }: MasterSecurity,
): Promise<Runtime> {
  const prepare = (runtime: Runtime): void => {
    secureHttp(runtime, http);
  };
  if (options.runtime === undefined) {
    const { env, logger } = options;
    return startRuntime({ flags, delegate: 'master', logger, env, prepare, requestClientCert: needsCertificates });
  }
  prepare(options.runtime);
  return options.runtime;
}

/** What the master tells of itself to schedulers and operators. */
async function masterInfo(runtime: Runtime, flags: MasterFlags, id: string): Promise<MasterInfo> {
  const { ip, port } = parseAddress(runtime.address);
  const hostname = await hostnameOf(runtime, flags);
  return {
    id,
    ip: ipNumber(ip),
    port,
    pid: `master@${runtime.address}`,
    hostname,
    version: mesosVersion,
    address: { hostname, ip, port },
    // Those of Mesos 1.12, which clients compare. Calls that drain agents are refused by name until they are there.
    capabilities: [{ type: 'AGENT_UPDATE' }, { type: 'AGENT_DRAINING' }, { type: 'QUOTA_V2' }],
  };
}
