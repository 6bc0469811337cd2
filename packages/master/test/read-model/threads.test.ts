import test from 'ava';
import { PID, Runtime } from '@mesos-ts/libprocess';
import { Answers } from '../../src/read-model/answers.ts';
import { ReadModel, type AnswersSource, type ReadModelOptions } from '../../src/read-model/read-model.ts';
import { startThreadAnswers } from '../../src/read-model/thread-answers.ts';
import { stateView } from '../../src/views/v0/state.ts';
import { approveAll } from '@mesos-ts/daemon';
import { Changing, happenings } from './changing.ts';
import type { ReadModelFacts } from '../../src/read-model/question.ts';

const state = { api: 'v0', path: '/state', query: {} } as const;

/** A read model of a cluster with some of everything, and what becomes of it. */
function start(options: Partial<ReadModelOptions> = {}) {
  const changing = new Changing();
  for (let index = 0; index < 60; index++) changing.happens(index % happenings, index % 6);
  const clock = { nowMs: 1_000_000, turns: 0 };
  const counted: string[] = [];
  const warnings: string[] = [];
  const model = new ReadModel({
    cluster: changing.cluster,
    facts: changing.source.facts,
    settings: changing.settings,
    authorizer: undefined,
    turn: () => {
      clock.turns++;
      return Promise.resolve();
    },
    nowMs: () => clock.nowMs,
    startThread: () => Promise.reject(new Error('no threads')),
    count: (name) => counted.push(name),
    warn: (text) => warnings.push(text),
    threadFrom: 0,
    ...options,
  });
  const shown = async (): Promise<string> => Buffer.concat((await model.ask(state, undefined)).parts).toString();
  const expected = (): string => JSON.stringify(stateView(changing.source, approveAll, {}));
  return { changing, clock, counted, expected, model, shown, warnings };
}

/** One that answers, until it is told to fail. */
function mortal() {
  const started: { facts: ReadModelFacts; asked: number; isDead: boolean; isClosed: boolean }[] = [];
  const startThread = (facts: ReadModelFacts): Promise<AnswersSource> => {
    const answers = new Answers(facts);
    const thread = { facts, asked: 0, isDead: false, isClosed: false };
    started.push(thread);
    const unlessDead = <R>(work: () => Promise<R>): Promise<R> =>
      thread.isDead ? Promise.reject(new Error('it is dead')) : work();
    return Promise.resolve({
      apply: (changes) => unlessDead(() => answers.apply(changes)),
      ask: (ask) => {
        thread.asked++;
        return unlessDead(() => answers.ask(ask));
      },
      close: () => {
        thread.isClosed = true;
        return Promise.resolve();
      },
    });
  };
  return { started, startThread };
}

test('where there can be no thread, the one that asks answers, and says so', async (t) => {
  const { counted, expected, shown, warnings } = start();
  t.is(await shown(), expected());
  t.is(await shown(), expected());
  t.deepEqual(counted, ['read_model_failures', 'http_cache_hits']);
  t.deepEqual(warnings, ["The state is told by the master's own thread, since no other can be started: no threads"]);
});

test('a thread that fails is replaced and filled anew, and whoever has asked is answered all the same', async (t) => {
  const { started, startThread } = mortal();
  const { changing, counted, expected, model, shown, warnings } = start({ startThread });
  t.is(await shown(), expected());
  for (const thread of started) thread.isDead = true;
  changing.happens(2, 0);
  t.is(await shown(), expected());
  t.is(started.length, 2);
  t.deepEqual(
    started.map(({ isClosed }) => isClosed),
    [true, false],
  );
  t.deepEqual(counted, ['read_model_failures']);
  t.deepEqual(warnings, ['What tells the state has failed, and is started anew: it is dead']);
  await model.close();
  t.true(started.every(({ isClosed }) => isClosed));
  await t.throwsAsync(shown, { code: 'MASTER_READ_MODEL' });
});

test('threads that fail one after the other are given up, and what cannot be answered meanwhile is refused', async (t) => {
  const { expected, shown, warnings } = start({
    startThread: () =>
      Promise.resolve({
        apply: () => Promise.reject(new Error('full')),
        ask: () => Promise.reject(new Error('full')),
        close: () => Promise.resolve(),
      }),
  });
  await t.throwsAsync(shown, { code: 'MASTER_READ_MODEL', message: 'The state cannot be told: full' });
  t.is(await shown(), expected());
  t.is(warnings.length, 3);
});

test('a thread that ends under way is replaced', async (t) => {
  const runtime = await new Runtime().start();
  t.teardown(() => runtime.close());
  const { changing, counted, expected, model, shown } = start({
    startThread: (facts) => startThreadAnswers(runtime, facts),
  });
  t.is(await shown(), expected());
  runtime.terminate(new PID('read-model(1)', runtime.address));
  await runtime.wait(new PID('read-model(1)', runtime.address));
  changing.happens(2, 0);
  t.is(await shown(), expected());
  t.deepEqual(counted, ['read_model_failures']);
  t.true(runtime.has('read-model(2)'));
  await model.close();
  t.false(runtime.has('read-model(2)'));
});

test('those who ask at the same time are answered together, each of a moment after it has asked', async (t) => {
  const { started, startThread } = mortal();
  const { changing, expected, model, shown } = start({ startThread });
  const before = expected();
  const moments: string[] = [];
  const ask = async (): Promise<string> => {
    const told = await model.ask(state, undefined, { atMoment: () => moments.push(expected()) });
    return Buffer.concat(told.parts).toString();
  };
  t.deepEqual(await Promise.all([ask(), ask(), ask()]), [before, before, before]);
  t.is(started[0]?.asked, 1);
  t.deepEqual(moments, [before, before, before]);
  t.is(await ask(), before);
  t.is(started[0]?.asked, 1, 'nothing has changed');
  changing.happens(2, 0);
  const first = ask();
  for (let count = 0; moments.length === 4 && count < 100; count++) await Promise.resolve();
  const middle = expected();
  changing.happens(2, 0);
  const second = ask();
  const third = shown();
  t.deepEqual(await Promise.all([first, second, third]), [middle, expected(), expected()]);
  t.is(started[0]?.asked, 3);
});

test('much that is new is told and made a little at a time', async (t) => {
  const { changing, clock, expected, shown } = start({ threadFrom: Infinity });
  await shown();
  for (let count = 0; count < 1_000; count++) changing.happens(2, 0);
  clock.turns = 0;
  t.is(await shown(), expected());
  // 1,000 entries are told 150 at a time, and as many texts are made a hundred at a time.
  t.true(clock.turns >= 15, `${clock.turns} turns`);
  clock.turns = 0;
  changing.happens(2, 0);
  t.is(await shown(), expected());
  // One block of some hundred texts, most of which are known.
  t.true(clock.turns <= 12, `${clock.turns} turns`);
});

test('what changes while nobody asks is told now and then, and not at all when nobody has asked for long', async (t) => {
  const { started, startThread } = mortal();
  const { changing, clock, expected, model, shown } = start({ startThread });
  await shown();
  const { changes } = changing.cluster;
  for (let count = 0; count < 600; count++) changing.happens(2, 0);
  t.true(changes.count >= 500);
  model.decided();
  for (let count = 0; changes.count > 0 && count < 1000; count++) await Promise.resolve();
  t.true(changes.isEmpty);
  clock.nowMs += 600_000;
  model.decided();
  for (let count = 0; started[0]?.isClosed !== true && count < 1000; count++) await Promise.resolve();
  t.true(started[0]?.isClosed);
  changing.happens(2, 0);
  t.true(changes.isEmpty, 'nobody watches');
  t.is(await shown(), expected());
  t.is(started.length, 2);
});

test('an answer has the tag of the last one as long as it is the same, and no other ever has it', async (t) => {
  const { changing, model } = start({ threadFrom: Infinity });
  const first = await model.ask(state, undefined);
  t.is(await model.ask(state, undefined), first);
  t.is((await model.ask(state, undefined, { gzip: true })).tag, first.tag);
  t.not((await model.ask({ api: 'v0', path: '/slaves', query: {} }, undefined)).tag, first.tag);
  changing.happens(2, 0);
  t.not((await model.ask(state, undefined)).tag, first.tag);
});

test('after a change most of an answer is the same bytes as before', async (t) => {
  const { changing, model } = start({ threadFrom: Infinity });
  for (let count = 0; count < 3_000; count++) changing.happens(2, 0);
  for (const gzip of [false, true]) {
    const before = new Set((await model.ask(state, undefined, { gzip })).parts);
    changing.happens(9, 0);
    const { length, parts } = await model.ask(state, undefined, { gzip });
    const kept = Buffer.concat(parts.filter((part) => before.has(part))).length;
    t.true(kept >= 0.9 * length, `${kept} of ${length}`);
  }
});
