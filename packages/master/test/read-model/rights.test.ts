import test from 'ava';
import { LocalAuthorizer, parseAcls } from '@mesos-ts/daemon';
import { Answers } from '../../src/read-model/answers.ts';
import { ReadModel, type AnswersSource } from '../../src/read-model/read-model.ts';
import type { ListingAnswer } from '@mesos-ts/daemon/listing';
import { must } from '../must.ts';
import { Changing, happenings } from './changing.ts';
import type { Principal } from '@mesos-ts/libprocess';
import type { ReadModelFacts } from '../../src/read-model/question.ts';

const state = { api: 'v0', path: '/state', query: {} } as const;

/** A read model whose questions are answered apart, and counted, by rules that name `ann` and `ben` together and `cyd` alone. */
function start() {
  const changing = new Changing();
  for (let index = 0; index < 60; index++) changing.happens(index % happenings, index % 6);
  const counted: string[] = [];
  let asked = 0;
  const startThread = (facts: ReadModelFacts): Promise<AnswersSource> => {
    const answers = new Answers(structuredClone(facts));
    return Promise.resolve({
      apply: (changes) => answers.apply(structuredClone(changes)),
      ask: async (ask) => {
        asked++;
        return structuredClone(await answers.ask(structuredClone(ask)));
      },
      close: () => Promise.resolve(),
    });
  };
  const acls = {
    permissive: true,
    view_frameworks: [
      { principals: { values: ['ann', 'ben'] }, users: { values: ['ann'] } },
      { principals: { values: ['ann', 'ben', 'cyd'] }, users: { type: 'NONE' } },
    ],
  };
  const model = new ReadModel({
    cluster: changing.cluster,
    facts: changing.source.facts,
    settings: changing.settings,
    authorizer: new LocalAuthorizer(must(parseAcls(acls).value)),
    turn: () => Promise.resolve(),
    nowMs: () => 0,
    startThread,
    count: (name) => counted.push(name),
    warn: () => undefined,
    threadFrom: 0,
  });
  const ask = (principal?: Principal): Promise<ListingAnswer> => model.ask(state, principal);
  return { ask, asked: () => asked, changing, counted, model };
}

test('principals of whom all rules say the same share one answer, at the same time and afterwards; others have their own', async (t) => {
  const { ask, asked, changing, counted, model } = start();
  const [ann, ben] = await Promise.all([ask({ value: 'ann' }), ask({ value: 'ben', claims: { team: 'blue' } })]);
  t.is(ann, ben);
  t.is(asked(), 1);
  t.is(await ask({ value: 'ben' }), ann);
  t.is(asked(), 1);
  t.deepEqual(counted, ['http_cache_hits', 'http_cache_hits']);
  const cyd = await ask({ value: 'cyd' });
  const nobody = await ask();
  t.is(new Set([ann.tag, cyd.tag, nobody.tag]).size, 3);
  t.is(asked(), 3);
  // A hundred whom no rule names are no more than one.
  for (let index = 0; index < 100; index++) t.is(await ask({ value: `somebody ${index}` }), nobody);
  t.is(asked(), 3);
  changing.happens(1, 1);
  t.is(await ask({ value: 'ben' }), await ask({ value: 'ann' }));
  t.is(asked(), 4);
  await model.close();
});

test('whoever has claims and no name is told nothing of what may be limited, not what everybody is told', async (t) => {
  const { ask, model } = start();
  const shown = async (principal?: Principal): Promise<readonly unknown[]> => {
    const told = JSON.parse(Buffer.concat((await ask(principal)).parts).toString()) as { frameworks: unknown[] };
    return told.frameworks;
  };
  t.true((await shown()).length > 0);
  t.deepEqual(await shown({ claims: { cid: 'c' } }), []);
  await model.close();
});
