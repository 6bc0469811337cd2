/** Puts an agent together from its flags, and runs it in this OS process. */
import { resolve } from 'node:path';

import {
  Files,
  approversOf,
  completeFlags,
  ensureDirectory,
  hostnameOf,
  loadModules,
  logFile,
  readCredential,
  readCredentials,
  renewCredentials,
  secretResolverOf,
  runtimeOf,
  spawnDaemonProcesses,
  startWith,
} from '@mesos-ts/daemon';
import type { Credential, FilesPermission, Opened, SecretResolver, SecurityOptions } from '@mesos-ts/daemon';
import { commandExecutorPath } from '@mesos-ts/executor/command-executor';
import type { ElectionAddress } from '@mesos-ts/election';
import { Fetcher } from '@mesos-ts/fetcher';
import { deferred, parseAddress } from '@mesos-ts/libprocess';
import type { Environment, Logger, PID, ProcessRuntime, Runtime } from '@mesos-ts/libprocess';
import { parseAttributes } from '@mesos-ts/protocol';
import type { AgentInfo, Attribute, Resources } from '@mesos-ts/protocol';

import { Agent } from './agent.ts';
import { agentLogPath, agentProcessId, readonlyRealm, readwriteRealm } from './constants.ts';
import { EnvironmentSecretIsolator } from './containerizer/environment-secret.ts';
import { MesosContainerizer } from './containerizer/mesos-containerizer.ts';
import {
  PendingOperations,
  listedFetcher,
  listedIsolator,
  listedLauncher,
} from './containerizer/pending-operations.ts';
import { createIsolators } from './containerizer/posix-isolators.ts';
import { PosixLauncher } from './containerizer/posix-launcher.ts';
import { AgentError } from './errors.ts';
import { agentFlags } from './flags.ts';
import { openMasterDetector, parseMasters } from './master-address.ts';
import { agentResources } from './resources/detect.ts';
import { thisMachine } from './resources/machine.ts';
import { WorkDirectory } from './sandbox.ts';
import { agentSecurity } from './security.ts';
import type { AgentSecurity } from './security.ts';
import type { Containerizer } from './containerizer/containerizer.ts';
import type { CommandExecutorProgram } from './executors/command-executor.ts';
import type { AgentFlags } from './flags.ts';
import type { MasterDetector } from './master-address.ts';
import type { Machine } from './resources/detect.ts';
import type { Sandboxes } from './sandbox.ts';

/** Options of `startAgent`. */
export interface AgentOptions extends SecurityOptions {
  /** Values of flags; those that are left out have their defaults. */
  readonly flags: Partial<AgentFlags> & Pick<AgentFlags, 'master' | 'work_dir'>;
  /**
   * A started runtime to run in, whose delegate should be `slave(1)`; the caller closes it.
   *
   * @default one with a server of its own, by the flags
   */
  readonly runtime?: Runtime;
  /** Where the default runtime writes what an operator should know. */
  readonly logger?: Logger;
  /** Where the default runtime looks up `LIBPROCESS_*` variables. @default nowhere */
  readonly env?: Environment;
  /** Finds the values of secrets. @default by the flags */
  readonly secretResolver?: SecretResolver | undefined;
  /** @default child processes, by the flags */
  readonly containerizer?: (runtime: ProcessRuntime) => Containerizer;
  /** @default the work directory on disk */
  readonly sandboxes?: Sandboxes;
  /** @default the master of the flags */
  readonly detector?: MasterDetector;
  /** @default this machine */
  readonly machine?: Machine;
  /** @default the command executor of `@mesos-ts/executor`, run by this program's Node */
  readonly commandExecutor?: CommandExecutorProgram;
}

/** How an agent ended: it was closed, or shut down with all that it ran, or something in it broke. */
export type AgentEnd = 'closed' | 'shut down' | 'failed';

/** A running agent. */
export interface AgentHandle extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly pid: PID<Agent>;
  /** `ip:port`. */
  readonly address: string;
  /** Where its HTTP endpoints are. */
  readonly url: string;
  /** Resolves to the agent's id when it has registered for the first time; never if it ends before. */
  readonly registered: Promise<string>;
  readonly ended: Promise<AgentEnd>;
  /**
   * Reads certificates, the secrets between nodes, credentials of HTTP and its own credential again; answers whether some are other ones.
   * Rejects when they cannot be used: then those from before remain in use.
   */
  reload(): Promise<boolean>;
  /** Ends the agent. Its executors and their tasks go on, and end themselves when no agent comes back for them. Idempotent. */
  close(): Promise<void>;
  /** Ends the agent and everything that it runs: executors are asked, then killed. Resolves when nothing is left. Idempotent. */
  shutdown(options?: { readonly unregister?: boolean }): Promise<void>;
}

/** Starts an agent. Resolves when it serves; it registers with the master as soon as there is one. */
export async function startAgent(options: AgentOptions): Promise<AgentHandle> {
  const given = completeFlags(agentFlags, options.flags);
  const flags: AgentFlags = { ...given, work_dir: resolve(given.work_dir) };
  const master = parseMasters(flags.master);
  if (master.error !== undefined) throw new AgentError('AGENT_MASTER_ADDRESS_INVALID', master.error);
  if (options.sandboxes === undefined) ensureDirectory(flags.work_dir);
  const total = totalResources(flags, options.machine ?? (await thisMachine(flags.work_dir)));
  const attributes = attributesOf(flags);
  const modules = await loadModules(flags);
  const security = agentSecurity(flags, options, modules);
  const secretResolver = options.secretResolver ?? secretResolverOf(flags.secret_resolver, modules.secretResolvers);
  return startWith((opened) =>
    agentOf(options, { flags, master: master.value, total, attributes, security, secretResolver }, opened),
  );
}

/** What the flags say of an agent, read and found to be right. */
interface AgentPlan {
  readonly flags: AgentFlags;
  readonly master: ElectionAddress;
  readonly total: Resources;
  readonly attributes: Attribute[];
  readonly security: AgentSecurity;
  readonly secretResolver: SecretResolver;
}

async function agentOf(options: AgentOptions, plan: AgentPlan, opened: Opened): Promise<AgentHandle> {
  const { attributes, flags, master, secretResolver, security, total } = plan;
  const { env, logger } = options;
  const delegate = agentProcessId;
  const runtime = await runtimeOf(options.runtime, { flags, delegate, logger, env, security }, opened);
  const detector = options.detector ?? (await ownDetector(master, flags, runtime, opened));
  const { authorizer } = security.http;
  const { port } = parseAddress(runtime.address);
  const hostname = await hostnameOf(runtime, flags);
  const info: AgentInfo = { hostname, port, resources: total.toArray(), attributes };

  const registered = deferred<string>();
  let end: AgentEnd = 'failed';
  const files = new Files(runtime, { realm: readonlyRealm, authorizer });
  opened.add(() => {
    files.close();
  });
  spawnDaemonProcesses(runtime, { readonlyRealm: readonlyRealm, readwriteRealm: readwriteRealm });
  const pending = new PendingOperations(runtime.clock);
  const containerizer =
    options.containerizer?.(runtime) ?? processContainerizer(runtime, flags, pending, secretResolver);
  if (containerizer instanceof MesosContainerizer) {
    opened.add(() => {
      containerizer.close();
    });
  }
  const pid = runtime.spawn(
    new Agent({
      flags,
      info,
      total,
      containerizer,
      pending,
      sandboxes: options.sandboxes ?? new WorkDirectory(flags.work_dir),
      files,
      detector,
      authorizer,
      credential: security.credential,
      executorTokens: security.executorTokens,
      commandExecutor: options.commandExecutor ?? ownCommandExecutor(),
      onRegistered: registered.resolve,
      onShutdown: () => {
        end = 'shut down';
      },
    }),
  );
  const log = flags.external_log_file ?? logFile(flags, 'agent');
  if (log !== undefined) {
    const permission: FilesPermission = (principal) => approversOf(authorizer, principal).approves('ACCESS_MESOS_LOG');
    files.attach(log, agentLogPath, permission);
  }

  const ended = runtime.wait(pid).then(() => {
    // Else whoever asks would be told that there are no such paths, for as long as it takes to put the rest away.
    if (options.runtime === undefined) runtime.stopServing();
    return end;
  });
  opened.add(async () => {
    if (runtime.has(agentProcessId) && end === 'failed') end = 'closed';
    runtime.terminate(pid);
    await ended;
  });
  const close = (): Promise<void> => opened.close();
  return {
    runtime,
    pid,
    address: runtime.address,
    url: runtime.url,
    registered: registered.promise,
    ended,
    reload: reloader(runtime, flags, security, (credential) => {
      runtime.tell(pid, 'useCredential', credential);
    }),
    close,
    shutdown: async ({ unregister = false } = {}) => {
      runtime.tell(pid, 'shutdown', 'asked to by its owner', unregister);
      await ended;
      await close();
    },
    [Symbol.asyncDispose]: close,
  };
}

/** What tells where the master is, by the flags. */
async function ownDetector(
  master: ElectionAddress,
  flags: AgentFlags,
  runtime: Runtime,
  opened: Opened,
): Promise<MasterDetector> {
  const own = await openMasterDetector(master, runtime, flags.zk_session_timeout);
  opened.add(() => own.close());
  return own.detector;
}

/** Reads secrets again, and has them used. */
function reloader(
  runtime: Runtime,
  flags: AgentFlags,
  before: AgentSecurity,
  use: (credential: Credential | undefined) => void,
): () => Promise<boolean> {
  let { credential, http } = before;
  return async () => {
    const own = flags.credential === undefined ? undefined : readCredential(flags.credential).value;
    const credentials =
      flags.http_credentials === undefined ? undefined : readCredentials(flags.http_credentials).value;
    const areOthers = renewCredentials(runtime, http, credentials);
    const isOther = own?.principal !== credential?.principal || own?.secret !== credential?.secret;
    if (isOther) use(own);
    http = { ...http, credentials };
    credential = own;
    return (await runtime.reloadCredentials()) || areOthers || isOther;
  };
}

function totalResources(flags: AgentFlags, machine: Machine): Resources {
  const parsed = agentResources(flags.resources, flags.default_role, machine);
  if (parsed.error !== undefined) throw new AgentError('AGENT_RESOURCES_INVALID', parsed.error);
  return parsed.value;
}

function attributesOf(flags: AgentFlags): Attribute[] {
  const parsed = parseAttributes(flags.attributes ?? '');
  if (parsed.error !== undefined) throw new AgentError('AGENT_FLAGS_INVALID', parsed.error);
  return parsed.value;
}

function processContainerizer(
  runtime: ProcessRuntime,
  flags: AgentFlags,
  pending: PendingOperations,
  secretResolver: SecretResolver,
): MesosContainerizer {
  const names = flags.isolation.flatMap((name) => (name === 'process' ? ['posix/cpu', 'posix/mem'] : [name]));
  const fetcher = new Fetcher({
    clock: runtime.clock,
    frameworksHome: flags.frameworks_home,
    stallTimeoutMs: flags.fetcher_stall_timeout,
  });
  const isolators = [
    ...createIsolators([...new Set(names)], runtime.clock),
    new EnvironmentSecretIsolator(secretResolver),
  ];
  return new MesosContainerizer({
    runtime,
    launcher: listedLauncher(new PosixLauncher(runtime), pending),
    isolators: isolators.map((each) => listedIsolator(each, pending)),
    fetcher: listedFetcher(fetcher, pending),
  });
}

function ownCommandExecutor(): CommandExecutorProgram {
  return { file: process.execPath, arguments: ['mesos-executor', commandExecutorPath] };
}
