import { PID } from '@mesos-ts/libprocess';
import { createStatusUpdate, createTask, type TaskState } from '@mesos-ts/protocol';
import { agentRecord, type AgentRecord } from '../../src/state/agent.ts';
import { Cluster } from '../../src/state/cluster.ts';
import { frameworkRecord, updateFrameworkInfo, type FrameworkRecord } from '../../src/state/framework.ts';
import { applyUpdate, rememberForwarded, type TaskRecord } from '../../src/state/task.ts';
import { commandTask } from '../../src/testing/index.ts';
import { resources } from '../resources.ts';
import type { MasterSettings } from '../../src/options.ts';
import type { V0Source } from '../../src/views/v0/source.ts';

/** How many sorts of things can happen. */
export const happenings = 15;

const states: readonly TaskState[] = ['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED', 'TASK_UNREACHABLE'];
const limits = { completedFrameworksMax: 2, completedTasksMax: 3, unreachableTasksMax: 3 };

/** A cluster that anything may happen to: `happens` picks by numbers among what there is. */
export class Changing {
  readonly cluster: Cluster;
  readonly source: V0Source;
  readonly settings: MasterSettings;
  #tasks = 0;
  #nowMs = 1;

  constructor() {
    const info = { id: 'M', ip: 1, port: 5050, hostname: 'café' };
    this.cluster = new Cluster(info, limits);
    this.settings = { roles: undefined, cluster: 'c' } as unknown as MasterSettings;
    this.source = {
      cluster: this.cluster,
      facts: { info, startTimeMs: 0, flags: { port: '5050' } },
      settings: this.settings,
    };
  }

  happens(what: number, which: number): void {
    const { cluster } = this;
    const agents = [...cluster.agents.values()];
    const frameworks = [...cluster.frameworks.values()];
    const agent = agents[which % agents.length];
    const framework = frameworks[which % frameworks.length];
    const tasks = [...(framework?.tasks.values() ?? [])];
    const task = tasks[which % tasks.length];
    this.#nowMs++;
    if (what === 0 || agent === undefined) {
      this.#addAgent();
    } else if (what === 1 || framework === undefined) {
      this.#addFramework(which);
    } else if (what === 2) {
      this.#launch(agent, framework);
    } else if (what === 3) {
      if (which === 5) this.#askBack(agent, framework);
      else this.#offer(agent, framework);
    } else if (what === 4) {
      for (const offer of cluster.offers.values()) cluster.removeOffer(offer);
      for (const asked of cluster.inverseOffers.outstanding.values()) {
        cluster.inverseOffers.remove(asked);
        cluster.frameworks.get(asked.frameworkId)?.inverseOffers.delete(asked.id);
      }
    } else if (what === 5 && task !== undefined) {
      this.#update(task, states[which % 2] ?? 'TASK_RUNNING');
    } else if (what === 6 && task !== undefined) {
      this.#update(task, states[2 + (which % 2)] ?? 'TASK_FINISHED');
      cluster.removeTask(task, which % 2 === 0 ? 'completed' : 'unreachable');
    } else {
      this.#changes(what, which, agent, framework);
    }
  }

  #changes(what: number, which: number, agent: AgentRecord, framework: FrameworkRecord): void {
    const { cluster } = this;
    if (what === 7) {
      const name = `e${which}`;
      const executor = {
        executor_id: { value: name },
        command: { value: 'é' },
        resources: [...resources('mem:1')],
      };
      if (agent.executors.get(framework.id)?.has(name) !== true) cluster.addExecutor(framework, agent, executor);
    } else if (what === 8) {
      for (const executor of agent.executors.get(framework.id)?.values() ?? []) {
        cluster.removeExecutor(framework, agent, executor);
      }
    } else if (what === 9) {
      this.#changeAgent(agent, which);
    } else if (what === 10) {
      this.#changeFramework(framework, which);
    } else if (what === 11) {
      cluster.moveAgent(agent, PID.parse(`slave(${which})@10.0.0.9:${5000 + which}`));
    } else if (what === 12) {
      cluster.unreachableAgents.set(`gone ${which}`, { sinceMs: 0, tasks: new Map(), deactivated: false });
      cluster.weights.set(which % 2 === 0 ? 'eng' : 'ops', this.#nowMs);
      const role = which % 2 === 0 ? 'eng' : 'idle';
      if (!cluster.quotas.delete(role)) cluster.quotas.set(role, { role, limits: { cpus: { value: this.#nowMs } } });
    } else if (what === 13) {
      const id = `recovered ${which}`;
      const info = { id: { value: id }, hostname: 'café', resources: [...resources('cpus:4;mem:64;cpus(ops):1')] };
      if (!cluster.recoveredAgents.delete(id)) cluster.recoveredAgents.set(id, { info, deactivated: false });
    } else if (
      [framework.tasks, framework.executors, framework.offers, framework.inverseOffers].every(({ size }) => size === 0)
    ) {
      cluster.completeFramework(framework);
    }
  }

  #askBack(agent: AgentRecord, framework: FrameworkRecord): void {
    const { cluster } = this;
    const id = cluster.newOfferId();
    const offer = {
      id: { value: id },
      framework_id: { value: framework.id },
      agent_id: { value: agent.id },
      unavailability: { start: { nanoseconds: this.#nowMs * 1e6 } },
    };
    cluster.inverseOffers.add({ id, frameworkId: framework.id, agentId: agent.id, offer });
    framework.inverseOffers.add(id);
  }

  /** One property at a time: each has to be noticed by itself. */
  #changeAgent(agent: AgentRecord, which: number): void {
    if (which === 0) agent.active = !agent.active;
    else if (which === 1) agent.deactivated = !agent.deactivated;
    else if (which === 2) agent.reregisteredTimeMs = this.#nowMs;
    else if (which === 3) agent.totalResources = resources(`cpus:${this.#nowMs};cpus(eng):2;ports:[1-${this.#nowMs}]`);
    else if (which === 4) agent.info = { ...agent.info, hostname: `renamed ${this.#nowMs}` };
    else agent.version = `1.${this.#nowMs}.0`;
  }

  #changeFramework(framework: FrameworkRecord, which: number): void {
    if (which === 0) framework.active = !framework.active;
    else if (which === 1) framework.unregisteredTimeMs = this.#nowMs;
    else if (which === 2) framework.recovered = !framework.recovered;
    else if (which === 3) framework.registeredTimeMs = this.#nowMs;
    else if (which === 4) updateFrameworkInfo(framework, { ...framework.info, name: `renamed ${this.#nowMs}` });
    else framework.pid = PID.parse(`scheduler@10.0.0.8:${this.#nowMs}`);
  }

  #addAgent(): void {
    const { cluster } = this;
    const id = cluster.newAgentId();
    cluster.addAgent(
      agentRecord({
        id,
        incarnation: cluster.newIncarnation(),
        pid: PID.parse(`slave(1)@10.0.0.1:${5051 + cluster.agents.size}`),
        info: { id: { value: id }, hostname: 'host', resources: [...resources('cpus:4;mem:64;cpus(ops):1')] },
        version: '1.12.0',
        capabilities: new Set(['MULTI_ROLE']),
        registeredTimeMs: this.#nowMs,
        checkpointedResources: [],
      }),
    );
  }

  #addFramework(which: number): void {
    const { cluster } = this;
    const user = which % 2 === 0 ? 'ann' : 'ben';
    const info = { user, name: `f${which}`, principal: user, roles: ['eng'] };
    cluster.addFramework(frameworkRecord(cluster.newFrameworkId(), info, this.#nowMs, limits));
  }

  #launch(agent: AgentRecord, framework: FrameworkRecord): void {
    const info = commandTask(`t${this.#tasks++}`, agent.id, 'cpus:0.1;mem:1');
    this.cluster.addTask(createTask(info, 'TASK_STAGING', { value: framework.id }));
  }

  #offer(agent: AgentRecord, framework: FrameworkRecord): void {
    const { cluster } = this;
    const id = cluster.newOfferId();
    const offered = resources('cpus:1').allocate('eng');
    const offer = {
      id: { value: id },
      framework_id: { value: framework.id },
      agent_id: { value: agent.id },
      hostname: 'host',
      resources: [...offered],
    };
    cluster.addOffer({ id, frameworkId: framework.id, agentId: agent.id, role: 'eng', resources: offered, offer });
  }

  #update(record: TaskRecord, state: TaskState): void {
    const { task } = record;
    const update = createStatusUpdate({
      frameworkId: task.framework_id,
      taskId: task.task_id,
      source: 'SOURCE_EXECUTOR',
      state,
      nowMs: this.#nowMs,
      uuid: Uint8Array.of(this.#nowMs),
    });
    if (applyUpdate(record, update).ended) this.cluster.freeTask(record);
    rememberForwarded(record, update);
  }
}
