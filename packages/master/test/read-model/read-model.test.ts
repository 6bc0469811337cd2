import { gunzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import {
  approversBy,
  approversOf,
  LocalAuthorizer,
  parseAcls,
  type Approvers,
  type Authorizer,
} from '@mesos-ts/daemon';
import { Runtime } from '@mesos-ts/libprocess';
import { encode, encodeRecord, toJsonBytes, type MasterEvent, type MasterResponse } from '@mesos-ts/protocol';
import { Answers } from '../../src/read-model/answers.ts';
import { ReadModel, type AnswersSource, type ReadModelOptions } from '../../src/read-model/read-model.ts';
import type { ListingAnswer } from '@mesos-ts/daemon/listing';
import { startThreadAnswers } from '../../src/read-model/thread-answers.ts';
import { slavesView } from '../../src/views/v0/agent.ts';
import { frameworksView } from '../../src/views/v0/framework.ts';
import { rolesView as v0RolesView } from '../../src/views/v0/roles.ts';
import { stateView as v0StateView } from '../../src/views/v0/state.ts';
import { summaryView } from '../../src/views/v0/summary.ts';
import { tasksView as v0TasksView } from '../../src/views/v0/tasks.ts';
import { agentsView } from '../../src/views/v1/agents.ts';
import { frameworksView as v1FrameworksView } from '../../src/views/v1/frameworks.ts';
import { rolesView } from '../../src/views/v1/roles.ts';
import { stateView } from '../../src/views/v1/state.ts';
import { executorsView, tasksView } from '../../src/views/v1/tasks.ts';
import { must } from '../must.ts';
import { Changing, happenings } from './changing.ts';
import type { Question, ReadModelFacts, V0Path } from '../../src/read-model/question.ts';
import type { V0Query, V0View } from '../../src/views/v0/source.ts';

const turn = (): Promise<void> => Promise.resolve();
const state = { api: 'v0', path: '/state', query: {} } as const satisfies Question;

/** One that answers here, and is told and asked as another thread would be: of what it is given nothing is shared. */
function apart(facts: ReadModelFacts): Promise<AnswersSource> {
  const answers = new Answers(structuredClone(facts));
  return Promise.resolve({
    apply: (changes) => answers.apply(structuredClone(changes)),
    ask: async (ask) => structuredClone(await answers.ask(structuredClone(ask))),
    close: () => Promise.resolve(),
  });
}

function readModel({ cluster, settings, source }: Changing, options: Partial<ReadModelOptions> = {}): ReadModel {
  const { facts } = source;
  const rest = { turn, nowMs: () => 0, startThread: apart, count: () => undefined, warn: () => undefined };
  return new ReadModel({ cluster, facts, settings, authorizer: undefined, ...rest, ...options });
}

function bytesOf({ isGzip, length, parts }: ListingAnswer): Buffer {
  const bytes = Buffer.concat(parts);
  if (bytes.length !== length) throw new RangeError(`${bytes.length} bytes instead of ${length}`);
  return isGzip ? gunzipSync(bytes) : bytes;
}

const v0Views: readonly (readonly [V0Path, V0View, V0Query])[] = [
  ['/state', v0StateView, {}],
  ['/frameworks', frameworksView, {}],
  ['/frameworks', frameworksView, { framework_id: 'M-0001' }],
  ['/slaves', slavesView, {}],
  ['/tasks', v0TasksView, { limit: '3', order: 'asc' }],
  ['/roles', v0RolesView, {}],
  ['/state-summary', summaryView, {}],
];

function v1Answers({ cluster, settings }: Changing, approvers: Approvers) {
  return [
    { type: 'GET_STATE', get_state: stateView(cluster, approvers) },
    { type: 'GET_TASKS', get_tasks: tasksView(cluster, approvers) },
    { type: 'GET_AGENTS', get_agents: agentsView(cluster, approvers) },
    { type: 'GET_FRAMEWORKS', get_frameworks: v1FrameworksView(cluster, approvers) },
    { type: 'GET_EXECUTORS', get_executors: executorsView(cluster, approvers) },
    { type: 'GET_ROLES', get_roles: rolesView(cluster, settings, approvers) },
  ] as const satisfies readonly MasterResponse[];
}

/** Holds all answers against what is made anew of the views. */
async function compare(
  t: ExecutionContext,
  model: ReadModel,
  changing: Changing,
  authorizer?: Authorizer,
): Promise<void> {
  for (const principal of [undefined, { value: 'ann' }]) {
    const approvers = approversOf(authorizer, principal);
    for (const [path, view, query] of v0Views) {
      const told = bytesOf(await model.ask({ api: 'v0', path, query }, principal));
      t.is(told.toString(), JSON.stringify(view(changing.source, approvers, query)));
    }
    const script = bytesOf(await model.ask({ ...state, jsonp: 'show' }, principal, { gzip: true }));
    t.is(script.toString(), `show(${JSON.stringify(v0StateView(changing.source, approvers, {}))})`);
    for (const response of v1Answers(changing, approvers)) {
      const json = await model.ask({ api: 'v1', call: response.type, form: 'json' }, principal, { gzip: true });
      t.is(bytesOf(json).toString(), Buffer.from(toJsonBytes('mesos.v1.master.Response', response)).toString());
      const protobuf = await model.ask({ api: 'v1', call: response.type, form: 'protobuf' }, principal);
      t.true(bytesOf(protobuf).equals(encode('mesos.v1.master.Response', response)), response.type);
    }
    const event: MasterEvent = {
      type: 'SUBSCRIBED',
      subscribed: { get_state: stateView(changing.cluster, approvers), heartbeat_interval_seconds: 15 },
    };
    const json = Buffer.from(toJsonBytes('mesos.v1.master.Event', event));
    for (const [as, frame] of [
      ['application/json', encodeRecord(json)],
      ['application/x-protobuf', encodeRecord(encode('mesos.v1.master.Event', event))],
      ['text/event-stream', Buffer.from(`data: ${json.toString()}\n\n`)],
      ['websocket', json],
    ] as const) {
      const told = await model.ask({ api: 'subscribed', as, heartbeatSeconds: 15 }, principal);
      t.is(told.parts.length, 1);
      t.true(bytesOf(told).equals(frame), as);
    }
  }
}

const rules = new LocalAuthorizer(
  must(
    parseAcls({
      permissive: true,
      view_frameworks: [
        { principals: { values: ['ann'] }, users: { values: ['ann'] } },
        { principals: { values: ['ann'] }, users: { type: 'NONE' } },
      ],
      view_roles: [{ principals: { type: 'NONE' }, roles: { values: ['ops'] } }],
      view_executors: [{ principals: { type: 'NONE' }, users: { type: 'ANY' } }],
    }).value,
  ),
);

/** Sees Ann's frameworks, of the reservations not those for `ops`, and no executors. A new one each time. */
const code: Authorizer = {
  approvers: () =>
    approversBy((action, object) => {
      if (action === 'VIEW_FRAMEWORK') return object?.framework_info?.principal === 'ann';
      if (action === 'VIEW_ROLE') return object?.value !== 'ops';
      return action !== 'VIEW_EXECUTOR';
    }),
};

const rounds = fc.array(fc.array(fc.tuple(fc.nat(happenings - 1), fc.nat(5)), { maxLength: 20 }), { maxLength: 8 });

for (const [where, options] of [
  ['by the same thread', { threadFrom: Infinity }],
  ['by one apart', { threadFrom: 0 }],
  ['by the same thread, then by one apart', { threadFrom: 10 }],
  ['to those whom rules limit', { threadFrom: 0, authorizer: rules }],
  ['to those whom code limits', { threadFrom: 0, authorizer: code }],
] as const) {
  test(`whatever happens, what is told ${where} is in every byte what is made anew of the views`, async (t) => {
    const authorizer = 'authorizer' in options ? options.authorizer : undefined;
    await fc.assert(
      fc.asyncProperty(rounds, async (happened) => {
        const changing = new Changing();
        const model = readModel(changing, options);
        for (const round of happened) {
          for (const [what, which] of round) changing.happens(what, which);
          await compare(t, model, changing, authorizer);
        }
        await model.close();
      }),
      { numRuns: 30 },
    );
  });
}

test('another thread tells the same, and ends with the read model', async (t) => {
  const runtime = await new Runtime().start();
  t.teardown(() => runtime.close());
  const changing = new Changing();
  for (let index = 0; index < 200; index++) changing.happens(index % happenings, index % 6);
  const failures: string[] = [];
  const model = readModel(changing, {
    threadFrom: 0,
    startThread: (facts) => startThreadAnswers(runtime, facts),
    warn: (text) => failures.push(text),
  });
  await compare(t, model, changing);
  for (let index = 0; index < 50; index++) changing.happens((index * 5) % happenings, index % 6);
  await compare(t, model, changing);
  t.is(runtime.metrics.snapshot()['libprocess/threads'], 1);
  await model.close();
  t.is(runtime.metrics.snapshot()['libprocess/threads'], 0);
  t.deepEqual(failures, []);
});
