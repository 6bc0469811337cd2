import test from 'ava';
import fc from 'fast-check';
import { approveAll, approversBy, type Approvers } from '@mesos-ts/daemon';
import { PID } from '@mesos-ts/libprocess';
import {
  createStatusUpdate,
  createTask,
  encode,
  parseResources,
  Resources,
  toJsonBytes,
  type TaskState,
} from '@mesos-ts/protocol';
import { ReadModel, type ToldQuestion } from '../../src/read-model/read-model.ts';
import { agentRecord, type AgentRecord } from '../../src/state/agent.ts';
import { Cluster } from '../../src/state/cluster.ts';
import { frameworkRecord, updateFrameworkInfo, type FrameworkRecord } from '../../src/state/framework.ts';
import { applyUpdate, rememberForwarded, type TaskRecord } from '../../src/state/task.ts';
import { commandTask } from '../../src/testing/index.ts';
import { stateView as v0StateView } from '../../src/views/v0/state.ts';
import { stateView } from '../../src/views/v1/state.ts';
import { tasksView } from '../../src/views/v1/tasks.ts';
import { must } from '../must.ts';
import type { V0Source } from '../../src/views/v0/source.ts';

const states: readonly TaskState[] = ['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED', 'TASK_UNREACHABLE'];
const limits = { completedFrameworksMax: 2, completedTasksMax: 3, unreachableTasksMax: 3 };

/** A cluster that anything may happen to: `happens` picks by numbers among what there is. */
class Changing {
  readonly source: V0Source;
  #tasks = 0;
  #nowMs = 1;

  constructor() {
    const info = { id: 'M', ip: 1, port: 5050, hostname: 'café' };
    const settings = { weights: new Map<string, number>(), roles: undefined, cluster: 'c' } as never;
    this.source = { cluster: new Cluster(info, limits), facts: { info, startTimeMs: 0, flags: {} }, settings };
  }

  happens(what: number, which: number): void {
    const { cluster } = this.source;
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
      this.#offer(agent, framework);
    } else if (what === 4) {
      for (const offer of cluster.offers.values()) cluster.removeOffer(offer);
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
    const { cluster } = this.source;
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
      agent.active = !agent.active;
      agent.deactivated = which % 2 === 0;
      agent.reregisteredTimeMs = this.#nowMs;
    } else if (what === 10) {
      framework.active = !framework.active;
      framework.unregisteredTimeMs = this.#nowMs;
      updateFrameworkInfo(framework, { ...framework.info, name: `renamed ${which}` });
    } else if (what === 11) {
      cluster.moveAgent(agent, PID.parse(`slave(${which})@10.0.0.9:${5000 + which}`));
      agent.totalResources = resources(`cpus:${which};cpus(eng):2;ports:[1-${which + 2}]`);
    } else if (framework.tasks.size === 0 && framework.executors.size === 0 && framework.offers.size === 0) {
      cluster.completeFramework(framework);
    }
  }

  #addAgent(): void {
    const { cluster } = this.source;
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
    const { cluster } = this.source;
    const info = { user: 'root', name: `f${which}`, principal: which % 2 === 0 ? 'ann' : 'ben', roles: ['eng'] };
    cluster.addFramework(frameworkRecord(cluster.newFrameworkId(), info, this.#nowMs, limits));
  }

  #launch(agent: AgentRecord, framework: FrameworkRecord): void {
    const info = commandTask(`t${this.#tasks++}`, agent.id, 'cpus:0.1;mem:1');
    this.source.cluster.addTask(createTask(info, 'TASK_STAGING', { value: framework.id }));
  }

  #offer(agent: AgentRecord, framework: FrameworkRecord): void {
    const { cluster } = this.source;
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
    if (applyUpdate(record, update).ended) this.source.cluster.freeTask(record);
    rememberForwarded(record, update);
  }
}

function resources(text: string): Resources {
  return Resources.of(must(parseResources(text).value));
}

async function ask(model: ReadModel, question: ToldQuestion, approvers: Approvers): Promise<Buffer> {
  return Buffer.concat([...(await model.ask(question, approvers)).text.chunks(100)]);
}

const turn = (): Promise<void> => Promise.resolve();

// Sees Ann's frameworks, of the reservations not those for `ops`, and half of the tasks.
const partly = approversBy((action, object) => {
  if (action === 'VIEW_FRAMEWORK') return object?.framework_info?.principal === 'ann';
  if (action === 'VIEW_ROLE') return object?.value !== 'ops';
  return action !== 'VIEW_EXECUTOR';
});

test('whatever happens, what is told is in every byte what is made anew of the views', async (t) => {
  const happening = fc.tuple(fc.nat(12), fc.nat(5));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(happening, { maxLength: 20 }), { maxLength: 8 }), async (rounds) => {
      const changing = new Changing();
      const { source } = changing;
      const model = new ReadModel(source, turn);
      for (const round of rounds) {
        for (const [what, which] of round) changing.happens(what, which);
        model.changed();
        for (const approvers of [approveAll, partly]) {
          const shown = await ask(model, { form: 'v0', what: 'state' }, approvers);
          t.is(shown.toString(), JSON.stringify(v0StateView(source, approvers, {})));
          const name = 'mesos.v1.master.Response';
          for (const response of [
            { type: 'GET_STATE', get_state: stateView(source.cluster, approvers) },
            { type: 'GET_TASKS', get_tasks: tasksView(source.cluster, approvers) },
          ] as const) {
            const json = await ask(model, { form: 'json', what: response.type }, approvers);
            t.is(json.toString(), Buffer.from(toJsonBytes(name, response)).toString());
            const protobuf = await ask(model, { form: 'protobuf', what: response.type }, approvers);
            t.true(protobuf.equals(encode(name, response)));
          }
        }
      }
    }),
    { numRuns: 60, seed: 1 },
  );
});

test('an answer has the version of the last one as long as it is the same, and no other ever has it', async (t) => {
  const changing = new Changing();
  const model = new ReadModel(changing.source, turn);
  const state = { form: 'v0', what: 'state' } as const;
  for (const what of [0, 1, 2]) changing.happens(what, 0);
  const first = await model.ask(state, approveAll);
  t.is(await model.ask(state, approveAll), first);
  // Something may have changed, but has not.
  model.changed();
  t.is(await model.ask(state, approveAll), first);
  t.not((await model.ask(state, partly)).version, first.version);
  t.not((await model.ask({ form: 'json', what: 'GET_STATE' }, approveAll)).version, first.version);
  changing.happens(5, 0);
  model.changed();
  t.not((await model.ask(state, approveAll)).version, first.version);
});

test('much that is new is made in several turns, and the answer is of the moment after the last of them', async (t) => {
  const changing = new Changing();
  const { source } = changing;
  changing.happens(0, 0);
  changing.happens(1, 0);
  for (let task = 0; task < 1_000; task++) changing.happens(2, 0);
  let turns = 0;
  const model = new ReadModel(source, async () => {
    turns++;
    // What has been told of these already is not true any more.
    if (turns < 5) changing.happens(5, turns);
    await turn();
  });
  const shown = await ask(model, { form: 'v0', what: 'state' }, approveAll);
  t.true(turns >= 9, `${turns} turns`);
  t.true(shown.toString() === JSON.stringify(v0StateView(source, approveAll, {})));
  turns = 0;
  changing.happens(5, 7);
  model.changed();
  await ask(model, { form: 'v0', what: 'state' }, approveAll);
  t.is(turns, 1);
});

test('who asks while the cluster never rests is answered all the same', async (t) => {
  const changing = new Changing();
  const { source } = changing;
  changing.happens(0, 0);
  changing.happens(1, 0);
  for (let task = 0; task < 300; task++) changing.happens(2, 0);
  let turns = 0;
  const model = new ReadModel(source, async () => {
    turns++;
    for (let task = 0; task < 300; task++) changing.happens(5, task - (task % 2) + (turns % 2));
    await turn();
  });
  const shown = await ask(model, { form: 'v0', what: 'state' }, approveAll);
  t.true(shown.toString() === JSON.stringify(v0StateView(source, approveAll, {})));
  t.true(turns < 50, `${turns} turns`);
});
