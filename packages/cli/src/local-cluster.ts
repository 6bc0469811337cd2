import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgent } from '@mesos-ts/agent';
import type { AgentFlags, AgentHandle } from '@mesos-ts/agent';
import type { Logger } from '@mesos-ts/libprocess';
import { startMaster } from '@mesos-ts/master';
import type { MasterFlags, MasterHandle } from '@mesos-ts/master';
import { CliError } from './errors.ts';

/** Options of {@link startLocalCluster}. */
export interface LocalClusterOptions {
  /** The IP address that everybody listens on. @default '127.0.0.1' */
  readonly ip?: string;
  /** The master's port; 0 lets the system choose. @default 0 */
  readonly port?: number;
  /** How many agents. Their ports are chosen by the system. @default 1 */
  readonly numAgents?: number;
  /** What each agent offers, written as for `--resources`. @default what is found on this machine, for each of them */
  readonly resources?: string;
  /** Where masters and agents keep their files: `master`, `agents/0`, ... @default a temporary folder, removed in the end */
  readonly workDir?: string;
  /** Further flags of the master. */
  readonly masterFlags?: Partial<MasterFlags>;
  /** Further flags of the agents. */
  readonly agentFlags?: Partial<AgentFlags>;
  /** Where `master`, `agent 0`, ... write what an operator should know. @default silent unless `DEBUG=mesos:*` */
  readonly logger?: (component: string) => Logger;
}

/** A master and agents of this OS process. */
export interface LocalCluster extends AsyncDisposable {
  /** `ip:port`: what frameworks and `--master` take. */
  readonly masterAddress: string;
  /** Where the master's HTTP endpoints are. */
  readonly masterUrl: string;
  /** Where the agents' HTTP endpoints are. */
  readonly agentUrls: readonly string[];
  /** Resolves when the master or an agent has ended: before `close`, because something in it broke. */
  readonly failed: Promise<void>;
  /** Ends the cluster and everything that it runs. Resolves when no task, socket or temporary file is left. Idempotent. */
  close(): Promise<void>;
}

const agentsMax = 1_000;

// Agents get another port each time, so an executor never finds one again whose process was killed: it need not wait for long.
const recoveryTimeoutMs = 5_000;

/**
 * Starts a cluster in this OS process, each master and agent on a runtime and a port of its own. Resolves when all agents have
 * registered. Throws what `startMaster` and `startAgent` do, `CLI_CLUSTER_INVALID` and `CLI_CLUSTER_FAILED`; then nothing is left
 * running.
 */
export async function startLocalCluster(options: LocalClusterOptions = {}): Promise<LocalCluster> {
  const { ip = '127.0.0.1', numAgents = 1 } = options;
  if (!Number.isInteger(numAgents) || numAgents < 0 || numAgents > agentsMax) {
    throw new CliError('CLI_CLUSTER_INVALID', `A cluster has 0 to ${agentsMax} agents, not ${numAgents}`);
  }
  const parts = new Parts(options.workDir ?? (await mkdtemp(join(tmpdir(), 'mesos-local-'))));
  parts.isTemporary = options.workDir === undefined;
  try {
    const master = await startMaster({
      flags: {
        hostname: ip,
        ...options.masterFlags,
        ip,
        port: options.port ?? 0,
        work_dir: join(parts.workDir, 'master'),
      },
      ...loggerOf(options, 'master'),
    });
    parts.master = master;
    for (let index = 0; index < numAgents; index++) {
      parts.agents.push(await startAgent(agentOptions(options, ip, master.address, parts.workDir, index)));
    }
    const failed = Promise.race([master, ...parts.agents].map(({ ended }) => ended)).then(() => undefined);
    const registered = await Promise.race([Promise.all(parts.agents.map((agent) => agent.registered)), failed]);
    if (registered === undefined) throw new CliError('CLI_CLUSTER_FAILED', 'A part of the cluster has failed');
    return {
      masterAddress: master.address,
      masterUrl: master.url,
      agentUrls: parts.agents.map(({ url }) => url),
      failed,
      close: () => parts.close(),
      [Symbol.asyncDispose]: () => parts.close(),
    };
  } catch (error) {
    await parts.close();
    throw error;
  }
}

/** What is to be ended together. */
class Parts {
  readonly workDir: string;
  readonly agents: AgentHandle[] = [];
  master: MasterHandle | undefined;
  isTemporary = false;
  #closed: Promise<void> | undefined;

  constructor(workDir: string) {
    this.workDir = workDir;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    // Agents first: they take their tasks with them, and the master hears of it.
    await Promise.all(this.agents.map((agent) => agent.shutdown({ unregister: true })));
    await this.master?.close();
    if (this.isTemporary) await rm(this.workDir, { recursive: true, force: true });
  }
}

function agentOptions(
  options: LocalClusterOptions,
  ip: string,
  master: string,
  workDir: string,
  index: number,
): Parameters<typeof startAgent>[0] {
  const folder = join(workDir, 'agents', String(index));
  return {
    flags: {
      hostname: ip,
      // Nobody here needs to be spared from many agents at once.
      registration_backoff_factor: 10,
      recovery_timeout: recoveryTimeoutMs,
      ...(options.resources === undefined ? {} : { resources: options.resources }),
      ...options.agentFlags,
      ip,
      port: 0,
      master,
      work_dir: join(folder, 'work'),
      runtime_dir: join(folder, 'run'),
      fetcher_cache_dir: join(folder, 'fetch'),
    },
    ...loggerOf(options, `agent ${index}`),
  };
}

function loggerOf(options: LocalClusterOptions, component: string): { logger?: Logger } {
  return options.logger === undefined ? {} : { logger: options.logger(component) };
}
