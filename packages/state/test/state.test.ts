import { SeededRandom } from '@mesos-ts/libprocess';
import test from 'ava';
import { InMemoryStorage, State, Variable } from '../src/index.ts';

async function versionOf(seed: number): Promise<string> {
  const state = new State(new InMemoryStorage(), new SeededRandom(seed));
  return Buffer.from((await state.fetch('a')).uuid).toString('hex');
}

test('mutating a variable makes another, of the same version', async (t) => {
  const state = new State(new InMemoryStorage(), new SeededRandom(1));
  const variable = await state.fetch('a');
  const other = variable.mutate(Buffer.from('new'));
  t.is(variable.value.length, 0);
  t.true(other instanceof Variable);
  t.is(other.uuid, variable.uuid);
});

test('versions are random UUIDs, those of the runtime', async (t) => {
  t.regex(await versionOf(1), /^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
  t.is(await versionOf(1), await versionOf(1));
  t.not(await versionOf(1), await versionOf(2));
});
