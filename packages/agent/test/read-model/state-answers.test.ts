import { gunzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { approversBy, approversOf, LocalAuthorizer, parseAcls, type Authorizer } from '@mesos-ts/daemon';
import { encode, toJsonBytes, type AgentResponse } from '@mesos-ts/protocol';
import { StateAnswers, type Question, type StateAnswersOptions } from '../../src/read-model/state-answers.ts';
import { Happening, frameworkInfo, happenings } from './happening.ts';
import { wholeGetState, wholeState } from './whole-views.ts';
import type { ListingAnswer } from '@mesos-ts/daemon/listing';

const state = { api: 'v0' } as const satisfies Question;
const head = { version: '1', flags: { work_dir: '/w' } };

function start(options: Partial<StateAnswersOptions> = {}) {
  const happening = new Happening();
  const clock = { nowMs: 1_000_000, turns: 0, shared: 0 };
  const later: { readonly delayMs: number; readonly work: () => void }[] = [];
  const answers = new StateAnswers({
    state: happening.state,
    authorizer: undefined,
    head: () => head,
    turn: () => {
      clock.turns++;
      return Promise.resolve();
    },
    nowMs: () => clock.nowMs,
    delay: (delayMs, work) => later.push({ delayMs, work }),
    newName: () => 'agent-run',
    shared: () => {
      clock.shared++;
    },
    ...options,
  });
  return { answers, clock, happening, later };
}

function bytesOf({ isGzip, length, parts }: ListingAnswer): Buffer {
  const bytes = Buffer.concat(parts);
  if (bytes.length !== length) throw new RangeError(`${bytes.length} bytes instead of ${length}`);
  return isGzip ? gunzipSync(bytes) : bytes;
}

/** Holds all answers against what is made in one piece. */
async function compare(
  t: ExecutionContext,
  answers: StateAnswers,
  happening: Happening,
  authorizer?: Authorizer,
): Promise<void> {
  for (const principal of [undefined, { value: 'ann' }]) {
    const approvers = approversOf(authorizer, principal);
    const expected = JSON.stringify(wholeState(head, happening.state, approvers));
    t.is(bytesOf(await answers.ask(state, principal, false)).toString(), expected);
    const script = await answers.ask({ api: 'v0', jsonp: 'show' }, principal, true);
    t.is(bytesOf(script).toString(), `show(${expected})`);
    const get_state = wholeGetState(happening.state, approvers);
    const responses = [
      { type: 'GET_STATE', get_state },
      { type: 'GET_TASKS', get_tasks: get_state.get_tasks },
      { type: 'GET_EXECUTORS', get_executors: get_state.get_executors },
      { type: 'GET_FRAMEWORKS', get_frameworks: get_state.get_frameworks },
    ] as const satisfies readonly AgentResponse[];
    for (const response of responses) {
      const call = response.type;
      const json = bytesOf(await answers.ask({ api: 'v1', call, form: 'json' }, principal, true));
      t.is(json.toString(), Buffer.from(toJsonBytes('mesos.v1.agent.Response', response)).toString());
      const protobuf = bytesOf(await answers.ask({ api: 'v1', call, form: 'protobuf' }, principal, false));
      t.true(protobuf.equals(Buffer.from(encode('mesos.v1.agent.Response', response))), call);
    }
  }
}

const { value: acls } = parseAcls({
  permissive: true,
  view_frameworks: [
    { principals: { values: ['ann'] }, users: { values: ['ann'] } },
    { principals: { values: ['ann'] }, users: { type: 'NONE' } },
  ],
  view_tasks: [{ principals: { type: 'NONE' }, users: { values: ['ben'] } }],
});
if (acls === undefined) throw new Error('no ACLs');
const rules = new LocalAuthorizer(acls);

/** A new one each time, which shows what it likes: not all executors, and of tasks one more each time. */
const code: Authorizer = {
  approvers: () =>
    approversBy((action, object) => {
      if (action === 'VIEW_EXECUTOR') return object?.executor_info?.command?.user === 'ann';
      if (action === 'VIEW_TASK') return (object?.task ?? object?.task_info?.command)?.user !== 'ben';
      return true;
    }),
};

const rounds = fc.array(fc.array(fc.tuple(fc.nat(happenings - 1), fc.nat(3)), { maxLength: 25 }), { maxLength: 6 });

for (const [whom, authorizer] of [
  ['everybody', undefined],
  ['those whom rules limit', rules],
  ['those whom code limits', code],
] as const) {
  test(`whatever happens to an agent, ${whom} is told in every byte what is made anew of its state`, async (t) => {
    await fc.assert(
      fc.asyncProperty(rounds, async (happened) => {
        const { answers, happening } = start({ authorizer });
        for (const round of happened) {
          for (const [what, which] of round) happening.happens(what, which);
          await compare(t, answers, happening, authorizer);
        }
      }),
      { numRuns: 60 },
    );
  });
}

/** Many frameworks that have ended, with many executors that have: as many as an agent keeps. */
function fill(happening: Happening, frameworks: number, executors: number): void {
  for (let which = 0; which < frameworks; which++) {
    happening.happens(0, which);
    const framework = happening.state.frameworks.get(`F${which}`);
    for (let index = 0; index < executors; index++) {
      // One executor at a time, with one task that ends.
      for (const kind of [1, 4, 5, 7, 8]) happening.happens(kind, [...happening.state.frameworks.keys()].length - 1);
      const [executor] = framework?.executors.values() ?? [];
      if (executor === undefined || framework === undefined) continue;
      framework.executors.delete(executor.id);
      framework.completedExecutors.push(executor);
    }
  }
}

test('a long answer is made in turns, and is of the moment in which it was begun whatever happens meanwhile', async (t) => {
  let isToChange = false;
  const { answers, clock, happening } = start({
    turn: () => {
      clock.turns++;
      if (isToChange) {
        happening.happens(clock.turns % happenings, clock.turns % 3);
        happening.state.frameworks.delete('F1');
      }
      return Promise.resolve();
    },
  });
  fill(happening, 3, 150);
  const approvers = approversOf(undefined, undefined);
  const expected = JSON.stringify(wholeState(head, happening.state, approvers));
  isToChange = true;
  const told = bytesOf(await answers.ask(state, undefined, false)).toString();
  t.is(told, expected);
  t.true(clock.turns >= 450 / 50, `${clock.turns} turns`);
  isToChange = false;
  t.not(bytesOf(await answers.ask(state, undefined, false)).toString(), expected);
});

test('an answer is the same and has the same tag until something changes, and then little of it is made anew', async (t) => {
  const { answers, happening } = start();
  fill(happening, 16, 150);
  const first = await answers.ask(state, undefined, false);
  const second = await answers.ask(state, undefined, false);
  t.is(second.tag, first.tag);
  t.true(first.parts.length > 10, `${first.parts.length} parts`);
  t.deepEqual(
    second.parts.filter((part) => part.length > 10_000 && !first.parts.includes(part)),
    [],
  );
  const [framework] = happening.state.frameworks.values();
  if (framework !== undefined) framework.info = frameworkInfo(0, 'another name');
  const third = await answers.ask(state, undefined, false);
  t.not(third.tag, first.tag);
  const made = third.parts.filter((part) => part.length > 10_000 && !first.parts.includes(part)).length;
  // Where a block begins with what is between two lists it is not known again.
  t.true(made >= 1 && made <= 3, `${made} of ${third.parts.length}`);
});

test('who asks what others wait for shares their answer, and nobody that of somebody with other rights', async (t) => {
  const { answers, clock, happening } = start({ authorizer: rules });
  fill(happening, 2, 5);
  const asked = [undefined, { value: 'ben' }, { value: 'ann' }].map((principal) =>
    answers.ask(state, principal, false),
  );
  const [nobody, ben, ann] = await Promise.all(asked);
  t.is(ben, nobody);
  t.not(ann?.tag, nobody?.tag);
  t.is(clock.shared, 1);
});

test('an answer that fails is nobody else’s: what comes after it is whole', async (t) => {
  let left = Infinity;
  const failing: Authorizer = {
    approvers: () =>
      approversBy((action) => {
        if (action === 'VIEW_FRAMEWORK' && left-- <= 0) throw new TypeError('a defect');
        return true;
      }),
  };
  const { answers, happening } = start({ authorizer: failing });
  fill(happening, 3, 40);
  await answers.ask(state, undefined, false);
  for (let index = 0; index < 9; index++) {
    happening.happens(2, index);
    left = index;
    const asked = answers.ask({ api: 'v1', call: 'GET_STATE', form: 'json' }, undefined, true);
    await t.throwsAsync(asked, { message: 'a defect' });
    left = Infinity;
    await compare(t, answers, happening, failing);
  }
});

test('what nobody asks for any more is not kept', async (t) => {
  const { answers, clock, happening, later } = start();
  fill(happening, 2, 100);
  const { parts } = await answers.ask(state, undefined, false);
  clock.nowMs += 400_000;
  const again = await answers.ask(state, undefined, false);
  t.true(parts.filter(({ length }) => length > 10_000).every((part) => again.parts.includes(part)));
  // The first look finds that somebody has asked since, the second one nobody.
  clock.nowMs += 200_000;
  later[0]?.work();
  t.is(later[1]?.delayMs, 400_000);
  clock.nowMs += 400_000;
  later[1]?.work();
  t.is(later.length, 2);
  const anew = await answers.ask(state, undefined, false);
  t.is(bytesOf(anew).toString(), bytesOf(again).toString());
  t.false(anew.parts.some((part) => part.length > 10_000 && again.parts.includes(part)));
  t.is(later.length, 3);
});
