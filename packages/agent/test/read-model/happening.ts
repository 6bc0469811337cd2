// Things that happen to an agent's state, for tests of what is told of it.
import { addFramework, completeFramework, createAgentState } from '../../src/state/agent-state.ts';
import {
  abandonTasks,
  completeTask,
  createExecutor,
  launchQueuedTask,
  queueTask,
  updateTaskState,
} from '../../src/state/executor-state.ts';
import { completeExecutor } from '../../src/state/framework-state.ts';
import type { FrameworkInfo, Resource, TaskInfo } from '@mesos-ts/protocol';
import type { AgentState } from '../../src/state/agent-state.ts';
import type { ExecutorState } from '../../src/state/executor-state.ts';
import type { FrameworkState } from '../../src/state/framework-state.ts';

/** How many kinds of things happen. */
export const happenings = 10;

const users = ['ann', 'ben'];

function cpus(value: number): Resource[] {
  return [{ name: 'cpus', type: 'SCALAR', scalar: { value }, allocation_info: { role: 'eng' } }];
}

/** A framework's description. */
export function frameworkInfo(which: number, name = `framework ${which}`): FrameworkInfo {
  return {
    id: { value: `F${which}` },
    user: users[which % users.length] ?? '',
    name,
    ...(which % 3 === 0 ? { role: 'eng' } : { roles: ['eng', 'ops'], capabilities: [{ type: 'MULTI_ROLE' }] }),
  };
}

/** An agent to which things happen. */
export class Happening {
  readonly state: AgentState = createAgentState();
  #count = 0;

  /** @param kind One of `happenings`. @param which Whom it happens to. */
  happens(kind: number, which: number): void {
    this.#count++;
    const framework = pick(this.state.frameworks, which);
    const executor = framework === undefined ? undefined : pick(framework.executors, this.#count);
    if (kind === 0) addFramework(this.state, `F${which}`, frameworkInfo(which));
    else if (framework === undefined) return;
    else if (kind === 1) this.#newExecutor(framework, which);
    else if (kind === 2) framework.info = frameworkInfo(which, `renamed ${this.#count} "\u00e9\u{1f600}"`);
    else if (kind === 3 && framework.executors.size === 0) completeFramework(this.state, framework.id);
    else if (executor === undefined) return;
    else this.#toExecutor(framework, executor, kind);
  }

  #toExecutor(framework: FrameworkState, executor: ExecutorState, kind: number): void {
    const queued = pick(executor.queuedTasks, this.#count);
    const launched = pick(executor.launchedTasks, this.#count);
    const terminated = pick(executor.terminatedTasks, this.#count);
    if (kind === 4) queueTask(executor, this.#task());
    else if (kind === 5 && queued !== undefined) launchQueuedTask(executor, queued.task_id.value);
    else if (kind === 6 && launched !== undefined) {
      const { task_id } = launched;
      updateTaskState(executor, { task_id, state: 'TASK_RUNNING', timestamp: this.#count, message: '\u2028"' });
    } else if (kind === 7 && launched !== undefined) {
      updateTaskState(executor, { task_id: launched.task_id, state: 'TASK_FINISHED', timestamp: this.#count });
    } else if (kind === 8 && terminated !== undefined) completeTask(executor, terminated.task_id.value);
    else if (kind === 9) {
      abandonTasks(executor);
      executor.phase = 'TERMINATED';
      completeExecutor(framework, executor.id, 4);
    }
  }

  #newExecutor(framework: FrameworkState, which: number): void {
    const id = `e${this.#count}`;
    const info = {
      executor_id: { value: id },
      framework_id: { value: framework.id },
      command: { user: users[which % users.length], value: 'true' },
      resources: cpus(0.1),
      name: `executor ${id}`,
    };
    framework.executors.set(
      id,
      createExecutor({
        id,
        info,
        frameworkId: framework.id,
        containerId: `c${this.#count}`,
        directory: `/sandbox/${id}`,
        user: undefined,
        isGeneratedForCommandTask: which % 2 === 0,
      }),
    );
  }

  #task(): TaskInfo {
    const name = `task ${this.#count}`;
    return {
      name,
      task_id: { value: name },
      agent_id: { value: 'agent' },
      resources: cpus(1 + (this.#count % 3)),
      command: { user: users[this.#count % users.length], value: 'true' },
    };
  }
}

function pick<V>(map: ReadonlyMap<string, V>, which: number): V | undefined {
  return [...map.values()][map.size === 0 ? 0 : which % map.size];
}
