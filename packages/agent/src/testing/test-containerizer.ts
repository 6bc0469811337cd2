/** A containerizer whose containers are actors of the agent's own runtime: no processes, no files, any clock. */
import { deferred } from '@mesos-ts/libprocess';
import type { Deferred, PID, Process, ProcessRuntime } from '@mesos-ts/libprocess';
import type { ContainerStatus, Resource, ResourceStatistics } from '@mesos-ts/protocol';

import type { ContainerConfig, ContainerTermination, Containerizer } from '../containerizer/containerizer.ts';
import { AgentError } from '../errors.ts';
import { TestExecutor } from './test-executor.ts';

/** Makes the actor of a container. What it throws is why the container cannot be launched. */
export type CreateExecutor = (config: ContainerConfig, containerId: string) => Process;

interface TestContainer {
  readonly config: ContainerConfig;
  readonly gone: Deferred<ContainerTermination>;
  resources: readonly Resource[];
  pid: PID | undefined;
  isKilled: boolean;
}

const killed: ContainerTermination = { status: 9 };

/** Runs each container as one actor. A container ends when its actor does; destroying it ends the actor. */
export class TestContainerizer implements Containerizer {
  readonly #runtime: ProcessRuntime;
  readonly #create: CreateExecutor;
  readonly #containers = new Map<string, TestContainer>();

  /** How often what a container holds was changed. */
  changes = 0;

  /** @param create Makes the actor of a container. @default a `TestExecutor` that runs tasks until they are killed */
  constructor(runtime: ProcessRuntime, create: CreateExecutor = (config) => new TestExecutor({ config })) {
    this.#runtime = runtime;
    this.#create = create;
  }

  /** The actor of the container that runs this executor; undefined if there is none. */
  executor(executorId: string): PID<TestExecutor> | undefined {
    const running = [...this.#containers.values()];
    // Whoever makes other actors knows their types better.
    return running.find(({ config }) => config.executorInfo.executor_id.value === executorId)?.pid as
      | PID<TestExecutor>
      | undefined;
  }

  /** What a container holds now; undefined if there is none. */
  resources(containerId: string): readonly Resource[] | undefined {
    return this.#containers.get(containerId)?.resources;
  }

  launch(containerId: string, config: ContainerConfig): Promise<void> {
    if (this.#containers.has(containerId)) {
      return Promise.reject(new AgentError('CONTAINER_EXISTS', `Container '${containerId}' already exists`));
    }
    const container: TestContainer = {
      config,
      gone: deferred(),
      resources: config.resources,
      pid: undefined,
      isKilled: false,
    };
    this.#containers.set(containerId, container);
    try {
      container.pid = this.#runtime.spawn(this.#create(config, containerId));
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    void this.#runtime.wait(container.pid).then(() => {
      this.#end(containerId, container.isKilled ? killed : { status: 0 });
    });
    return Promise.resolve();
  }

  wait(containerId: string): Promise<ContainerTermination | undefined> {
    return this.#containers.get(containerId)?.gone.promise ?? Promise.resolve(undefined);
  }

  async destroy(containerId: string): Promise<void> {
    const container = this.#containers.get(containerId);
    if (container === undefined) return;
    container.isKilled = true;
    if (container.pid === undefined) this.#end(containerId, {});
    else this.#runtime.terminate(container.pid);
    await container.gone.promise;
  }

  update(containerId: string, resources: readonly Resource[]): Promise<void> {
    const container = this.#containers.get(containerId);
    if (container !== undefined) container.resources = resources;
    this.changes += 1;
    return Promise.resolve();
  }

  usage(containerId: string): Promise<ResourceStatistics> {
    if (!this.#containers.has(containerId)) return Promise.reject(unknownContainer(containerId));
    return Promise.resolve({ timestamp: this.#runtime.clock.now() / 1000 });
  }

  status(containerId: string): Promise<ContainerStatus> {
    if (!this.#containers.has(containerId)) return Promise.reject(unknownContainer(containerId));
    return Promise.resolve({ container_id: { value: containerId } });
  }

  containers(): Promise<string[]> {
    return Promise.resolve([...this.#containers.keys()]);
  }

  #end(containerId: string, termination: ContainerTermination): void {
    this.#containers.get(containerId)?.gone.resolve(termination);
    this.#containers.delete(containerId);
  }
}

function unknownContainer(containerId: string): AgentError {
  return new AgentError('CONTAINER_UNKNOWN', `Container '${containerId}' is not known`);
}
