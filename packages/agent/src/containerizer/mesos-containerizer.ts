/**
 * The containerizer `mesos`: fetches what a container needs, starts its process through a launcher, watches over it with isolators
 * and sees to it that nothing of it is left.
 */
import { Process, deferred, errorText } from '@mesos-ts/libprocess';
import type { Counter, Deferred, PID, ProcessRuntime } from '@mesos-ts/libprocess';
import { taskVariablePrefix } from '@mesos-ts/executor/command-executor';
import { resolveSystemUser } from '@mesos-ts/fetcher';
import type { Fetcher } from '@mesos-ts/fetcher';
import { Resources } from '@mesos-ts/protocol';
import type { CommandInfo, ContainerStatus, Resource, ResourceStatistics } from '@mesos-ts/protocol';

import { AgentError } from '../errors.ts';
import { currentUser } from '../users.ts';
import { unsupportedContainer } from '../validation.ts';
import { openLog } from './posix-launcher.ts';
import type { ContainerConfig, ContainerTermination, Containerizer } from './containerizer.ts';
import type { Isolator } from './isolator.ts';
import type { Identity, LaunchSpec, Launcher } from './launcher.ts';

/** What `MesosContainerizer` is made of. */
export interface MesosContainerizerOptions {
  readonly runtime: ProcessRuntime;
  readonly launcher: Launcher;
  readonly isolators: readonly Isolator[];
  readonly fetcher: ContainerFetcher;
}

/** What a containerizer wants of a fetcher. */
export type ContainerFetcher = Pick<Fetcher, 'fetch' | 'kill' | 'statistics'>;

/** Runs containers as child processes. */
export class MesosContainerizer implements Containerizer {
  readonly #runtime: ProcessRuntime;
  readonly #pid: PID<MesosContainerizerProcess>;

  constructor(options: MesosContainerizerOptions) {
    this.#runtime = options.runtime;
    this.#pid = options.runtime.spawn(new MesosContainerizerProcess(options));
  }

  /** Stops looking after containers, which go on without. */
  close(): void {
    this.#runtime.terminate(this.#pid);
  }

  launch(containerId: string, config: ContainerConfig): Promise<void> {
    return this.#runtime.dispatch(this.#pid, 'launch', [containerId, config]);
  }

  wait(containerId: string): Promise<ContainerTermination | undefined> {
    return this.#runtime.dispatch(this.#pid, 'waitFor', [containerId]);
  }

  destroy(containerId: string): Promise<void> {
    return this.#runtime.dispatch(this.#pid, 'destroy', [containerId]);
  }

  update(containerId: string, resources: readonly Resource[]): Promise<void> {
    return this.#runtime.dispatch(this.#pid, 'update', [containerId, resources]);
  }

  usage(containerId: string): Promise<ResourceStatistics> {
    return this.#runtime.dispatch(this.#pid, 'usage', [containerId]);
  }

  status(containerId: string): Promise<ContainerStatus> {
    return this.#runtime.dispatch(this.#pid, 'status', [containerId]);
  }

  containers(): Promise<string[]> {
    return this.#runtime.dispatch(this.#pid, 'containers');
  }
}

interface Container {
  readonly config: ContainerConfig;
  readonly gone: Deferred<ContainerTermination>;
  /** Aborted when it is to be destroyed. */
  readonly abort: AbortController;
  /** The isolators that have prepared it. */
  readonly prepared: Isolator[];
  resources: readonly Resource[];
  pid: number | undefined;
  exited: Promise<number> | undefined;
  /** Settles when the launch has ended one way or the other. */
  launching: Promise<unknown>;
  destroying: Promise<void> | undefined;
}

class MesosContainerizerProcess extends Process {
  readonly #options: MesosContainerizerOptions;
  readonly #containers = new Map<string, Container>();
  readonly #destroyErrors: Counter;

  constructor(options: MesosContainerizerOptions) {
    super('mesos-containerizer');
    this.#options = options;
    this.#destroyErrors = options.runtime.metrics.counter('containerizer/mesos/container_destroy_errors');
  }

  protected override initialize(): void {
    const metrics = this.runtime.metrics.of(this.self);
    const { fetcher } = this.#options;
    for (const name of ['task_fetches_succeeded', 'task_fetches_failed'] as const) {
      metrics.gauge(`containerizer/fetcher/${name}`, () => fetcher.statistics()[name]);
    }
  }

  async launch(containerId: string, config: ContainerConfig): Promise<void> {
    if (this.#containers.has(containerId)) {
      throw new AgentError('CONTAINER_EXISTS', `Container '${containerId}' already exists`);
    }
    const container: Container = {
      config,
      gone: deferred(),
      abort: new AbortController(),
      prepared: [],
      resources: config.resources,
      pid: undefined,
      exited: undefined,
      launching: Promise.resolve(),
      destroying: undefined,
    };
    // Nobody need wait for a container.
    container.gone.promise.catch(() => undefined);
    this.#containers.set(containerId, container);
    const launching = this.runtime.track(this.#launch(containerId, container));
    container.launching = launching.catch(() => undefined);
    await launching;
  }

  async waitFor(containerId: string): Promise<ContainerTermination | undefined> {
    return this.#containers.get(containerId)?.gone.promise;
  }

  async destroy(containerId: string): Promise<void> {
    const container = this.#containers.get(containerId);
    if (container === undefined) return;
    container.destroying ??= this.runtime.track(this.#destroy(containerId, container));
    await container.destroying;
  }

  async update(containerId: string, resources: readonly Resource[]): Promise<void> {
    const container = this.#containers.get(containerId);
    if (container === undefined) return;
    container.resources = resources;
    for (const isolator of container.prepared) await isolator.update(containerId, resources);
  }

  async usage(containerId: string): Promise<ResourceStatistics> {
    const container = this.#known(containerId);
    const parts = await Promise.all(container.prepared.map((isolator) => isolator.usage(containerId)));
    const held = Resources.of(container.resources);
    const memoryBytes = held.mem * 1024 * 1024;
    return {
      ...parts.reduce((merged, part) => Object.assign(merged, part), {}),
      timestamp: this.runtime.clock.now() / 1000,
      cpus_soft_limit: held.cpus,
      mem_limit_bytes: memoryBytes,
      mem_soft_limit_bytes: memoryBytes,
    };
  }

  status(containerId: string): ContainerStatus {
    const { pid } = this.#known(containerId);
    const status: ContainerStatus = { container_id: { value: containerId } };
    return pid === undefined ? status : { ...status, executor_pid: pid };
  }

  containers(): string[] {
    return [...this.#containers.keys()];
  }

  async #launch(containerId: string, container: Container): Promise<void> {
    const { config } = container;
    const unsupported = unsupportedContainer(config.executorInfo.container);
    if (unsupported !== undefined) throw new AgentError('AGENT_LAUNCH_FAILED', unsupported);
    const identity = await identityOf(config.user);
    const environment = await this.#prepare(containerId, container);
    await this.#fetch(containerId, container, identity);
    failIfDestroyed(container);
    const launched = await this.#options.launcher.launch(containerId, launchSpec(config, identity, environment));
    container.pid = launched.pid;
    container.exited = launched.exited;
    const reap = this.defer(() => this.destroy(containerId));
    launched.exited.then(reap).catch((error: unknown) => {
      // Either this actor has ended, or the destruction failed, which those who wait are told.
      this.runtime.logger.error(`Container '${containerId}' is not cleaned up: ${errorText(error)}`);
    });
    for (const isolator of container.prepared) await isolator.isolate(containerId, launched.pid);
  }

  /** Answers the variables that isolators have for the command. */
  async #prepare(containerId: string, container: Container): Promise<Readonly<Record<string, string>>> {
    const environment: Record<string, string> = {};
    for (const isolator of this.#options.isolators) {
      failIfDestroyed(container);
      container.prepared.push(isolator);
      const preparation = await isolator.prepare(containerId, container.config, container.abort.signal);
      Object.assign(environment, preparation?.environment);
    }
    failIfDestroyed(container);
    return environment;
  }

  async #fetch(containerId: string, container: Container, identity: Identity | undefined): Promise<void> {
    const { command, directory, user } = container.config;
    const uris = command.uris ?? [];
    if (uris.length === 0) return;
    const log = await openLog(directory, 'stderr', identity);
    const writes: Promise<unknown>[] = [];
    const write = (line: string): void => {
      writes.push(log.appendFile(`${line}\n`).catch(() => undefined));
    };
    try {
      await this.#options.fetcher.fetch({
        containerId,
        command: fetchCommand(command),
        sandboxDirectory: directory,
        user,
        log: write,
      });
    } catch (error) {
      write(errorText(error));
      throw new AgentError(
        'AGENT_LAUNCH_FAILED',
        `Failed to fetch all URIs for container '${containerId}': ${errorText(error)}`,
        { cause: error },
      );
    } finally {
      await Promise.all(writes);
      await log.close();
    }
  }

  async #destroy(containerId: string, container: Container): Promise<void> {
    container.abort.abort();
    this.#options.fetcher.kill(containerId);
    // A process that is just being started can only be killed once it is there.
    await container.launching;
    try {
      await this.#options.launcher.destroy(containerId);
      for (const isolator of container.prepared.toReversed()) await isolator.cleanup(containerId);
      const status = await container.exited;
      this.#containers.delete(containerId);
      container.gone.resolve(status === undefined ? {} : { status });
    } catch (error) {
      this.#destroyErrors.increment();
      this.#containers.delete(containerId);
      container.gone.reject(error);
      throw error;
    }
  }

  #known(containerId: string): Container {
    const container = this.#containers.get(containerId);
    if (container === undefined) throw new AgentError('CONTAINER_UNKNOWN', `Container '${containerId}' is not known`);
    return container;
  }
}

function failIfDestroyed(container: Container): void {
  if (container.destroying !== undefined) {
    throw new AgentError('AGENT_LAUNCH_FAILED', 'The container was destroyed while it was being launched');
  }
}

/** Who a user is; undefined for the agent's own. */
async function identityOf(user: string | undefined): Promise<Identity | undefined> {
  if (user === undefined || user === currentUser()) return undefined;
  return resolveSystemUser(user);
}

/**
 * What to start for a command, by Mesos's rules: a shell's command line, or a program and its whole argument list.
 * @param prepared The variables that isolators have for the command.
 */
export function launchSpec(
  config: ContainerConfig,
  identity: Identity | undefined,
  prepared: Readonly<Record<string, string>>,
): LaunchSpec {
  const { command, directory } = config;
  const variables = config.task === undefined ? ownVariables(command, prepared) : variablesForTask(prepared);
  const common = { environment: { ...config.environment, ...variables }, directory, identity };
  if (command.shell !== false) {
    return { ...common, file: '/bin/sh', argv0: 'sh', arguments: ['-c', command.value ?? ''] };
  }
  const [argv0, ...rest] = command.arguments ?? [];
  return { ...common, file: command.value ?? '', argv0, arguments: rest };
}

/** What isolators have for a command, and above it what the command says itself. Secrets are resolved by isolators. */
function ownVariables(command: CommandInfo, prepared: Readonly<Record<string, string>>): Record<string, string> {
  const plain = (command.environment?.variables ?? []).filter(({ type }) => type !== 'SECRET');
  return { ...prepared, ...Object.fromEntries(plain.map(({ name, value }) => [name, value ?? ''])) };
}

/** The command executor adds the task's own variables. They and these are not for the executor's program, whose Node.js they might change. */
function variablesForTask(prepared: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(prepared).map(([name, value]) => [`${taskVariablePrefix}${name}`, value] as const),
  );
}

/** The part of a command that the fetcher takes, without unset fields. */
function fetchCommand(command: CommandInfo): Parameters<ContainerFetcher['fetch']>[0]['command'] {
  const uris = (command.uris ?? []).map((uri) => ({
    value: uri.value,
    ...(uri.executable === undefined ? {} : { executable: uri.executable }),
    ...(uri.extract === undefined ? {} : { extract: uri.extract }),
    ...(uri.cache === undefined ? {} : { cache: uri.cache }),
    ...(uri.output_file === undefined ? {} : { output_file: uri.output_file }),
  }));
  return { uris };
}
