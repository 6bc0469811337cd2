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
  runtimeOf,
  spawnDaemonProcesses,
  startWith,
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
import { masterSecurity, type MasterSecurity, type MasterSecurityOptions } from './security.ts';
import type { Credentials, Opened } from '@mesos-ts/daemon';
import type { Environment, Logger, PID, Runtime } from '@mesos-ts/libprocess';
import type { MasterInfo } from '@mesos-ts/protocol';
import type { Election } from './leadership.ts';

/** Options of `startMaster`. */
export interface StartMasterOptions extends MasterSecurityOptions {
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
  return startWith((opened) => masterOf(options, flags, security, opened));
}

async function masterOf(
  options: StartMasterOptions,
  flags: MasterFlags,
  security: MasterSecurity,
  opened: Opened,
): Promise<MasterHandle> {
  const { env, logger } = options;
  const runtime = await runtimeOf(options.runtime, { flags, delegate: 'master', logger, env, security }, opened);
  const info = await masterInfo(runtime, flags, options.id ?? runtime.random.uuid());
  spawnDaemonProcesses(runtime, { readonlyRealm, readwriteRealm });
  const { authorizer } = security.http;
  const files = new Files(runtime, { realm: readonlyRealm, authorizer });
  opened.add(() => {
    files.close();
  });
  const log = flags.external_log_file ?? logFile(flags, 'master');
  if (log !== undefined) {
    files.attach(log, masterLogPath, (principal) => approversOf(authorizer, principal).approves('ACCESS_MESOS_LOG'));
  }
  // Closed after the master: nobody else is to lead while this one acts.
  const election = await electionFor(options, flags, runtime, opened);
  const registrar = await spawnRegistrar(options, flags, runtime, opened);
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
  const ended = runtime.wait(pid).then(() => {
    // Else whoever asks would be told that there are no such paths, for as long as it takes to put the rest away.
    if (options.runtime === undefined) runtime.stopServing();
    return end;
  });
  opened.add(async () => {
    if (runtime.has(pid.id)) end = 'closed';
    runtime.terminate(pid);
    await ended;
  });
  // Who stands by may never lead.
  if (election === undefined) await runtime.dispatch(pid, 'recovered', []);
  const close = (): Promise<void> => opened.close();
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

/** How masters are elected: as the caller says, or as the flags ask for. */
async function electionFor(
  { election }: StartMasterOptions,
  flags: MasterFlags,
  runtime: Runtime,
  opened: Opened,
): Promise<Election | undefined> {
  if (election !== undefined) return election;
  const own = await electionOf(flags, runtime);
  if (own !== undefined) opened.add(() => own.close());
  return own;
}

/** The registrar, with what the caller gave to keep the registry in, or what the flags ask for. */
async function spawnRegistrar(
  { registry }: StartMasterOptions,
  flags: MasterFlags,
  runtime: Runtime,
  opened: Opened,
): Promise<PID<Registrar>> {
  const { actor, storage } =
    registry === undefined ? await openedRegistry(flags, runtime, opened) : { actor: undefined, storage: registry };
  const registrar = runtime.spawn(
    new Registrar({
      state: new State(storage, runtime.random),
      foundation: actor,
      fetchTimeoutMs: flags.registry_fetch_timeout,
      storeTimeoutMs: flags.registry_store_timeout,
    }),
  );
  opened.add(async () => {
    runtime.terminate(registrar);
    await runtime.wait(registrar);
  });
  return registrar;
}

async function openedRegistry(flags: MasterFlags, runtime: Runtime, opened: Opened): Promise<OpenedStorage> {
  const storage = await openRegistryStorage(flags, runtime);
  opened.add(() => storage.close());
  return storage;
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
