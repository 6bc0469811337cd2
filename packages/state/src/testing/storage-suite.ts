import { SeededRandom } from '@mesos-ts/libprocess';
import { StateError } from '../errors.ts';
import { State, Variable } from '../state.ts';
import type { StateStorage } from '../storage.ts';

/** The assertions that the suite needs; those of ava fit. */
export interface SuiteAssertions {
  is(actual: unknown, expected: unknown, message?: string): unknown;
  true(actual: boolean, message?: string): unknown;
  deepEqual<T>(actual: T, expected: T, message?: string): unknown;
}

/** How the suite declares a test; ava's `test` fits. */
export type SuiteTest = (title: string, run: (t: SuiteAssertions) => Promise<void>) => void;

/** Options of `storageSuite`. */
export interface StorageSuiteOptions {
  /** What the tests' titles begin with. */
  readonly name: string;
  /**
   * Called by each test with what it does with an empty storage.
   * @param work `again` closes the storage and opens what is kept there anew; without it, what is closed is gone.
   */
  readonly use: (work: (storage: StateStorage, again?: () => Promise<StateStorage>) => Promise<void>) => Promise<void>;
}

const text = (variable: Variable | undefined): string =>
  variable === undefined ? '(nothing)' : Buffer.from(variable.value).toString();
const codeOf = (error: unknown): string => (error instanceof StateError ? error.code : String(error));
const bytes = (value: string): Uint8Array => Buffer.from(value);

/** Declares what every `StateStorage` must do, as tests. */
export function storageSuite(test: SuiteTest, { name, use }: StorageSuiteOptions): void {
  const declare = (
    title: string,
    run: (
      t: SuiteAssertions,
      state: State,
      parts: { storage: StateStorage; again?: (() => Promise<StateStorage>) | undefined },
    ) => Promise<void>,
  ): void => {
    test(`${name}: ${title}`, (t) =>
      use((storage, again) => run(t, new State(storage, new SeededRandom(1)), { storage, again })));
  };

  declare('a variable that is not there is empty, and leaves nothing behind by being fetched', async (t, state) => {
    const variable = await state.fetch('nothing');
    t.is(variable.name, 'nothing');
    t.is(variable.value.length, 0);
    t.is(variable.uuid.length, 16);
    t.is((await state.names()).size, 0);
  });

  declare('what was stored is fetched, with the version that storing answered', async (t, state) => {
    const stored = await state.store((await state.fetch('a')).mutate(bytes('one')));
    const fetched = await state.fetch('a');
    t.is(text(stored), 'one');
    t.is(text(fetched), 'one');
    t.deepEqual([...fetched.uuid], [...(stored?.uuid ?? [])]);
    t.is(text(await state.store(fetched.mutate(bytes('two')))), 'two');
    t.is(text(await state.fetch('a')), 'two');
  });

  declare('every change has a version of its own, also one to the same value', async (t, state) => {
    const first = await state.store((await state.fetch('a')).mutate(bytes('same')));
    const second = await state.store((await state.fetch('a')).mutate(bytes('same')));
    t.true(Buffer.compare(first?.uuid ?? bytes(''), second?.uuid ?? bytes('')) !== 0);
  });

  declare('a change of a version that is no more is not made', async (t, state) => {
    const old = await state.fetch('a');
    const first = await state.store(old.mutate(bytes('first')));
    t.is(text(first), 'first');
    t.is(await state.store(old.mutate(bytes('second'))), undefined);
    t.is(text(await state.fetch('a')), 'first');
    t.is(text(first === undefined ? undefined : await state.store(first.mutate(bytes('third')))), 'third');
  });

  declare('of changes of one version that are made at once one is made', async (t, state) => {
    const base = await state.store((await state.fetch('a')).mutate(bytes('base')));
    const all = ['1', '2', '3', '4', '5'].map((value) => state.store((base as Variable).mutate(bytes(value))));
    const made = (await Promise.all(all)).filter((variable) => variable !== undefined);
    t.is(made.length, 1);
    t.is(text(await state.fetch('a')), text(made[0]));
  });

  declare('an expunged variable is gone, and can be stored anew', async (t, state) => {
    const stored = await state.store((await state.fetch('a')).mutate(bytes('one')));
    t.true(await state.expunge(stored as Variable));
    t.is((await state.names()).size, 0);
    const empty = await state.fetch('a');
    t.is(empty.value.length, 0);
    t.is(await state.expunge(empty), false, 'it is not there');
    t.is(text(await state.store(empty.mutate(bytes('two')))), 'two');
  });

  declare('a variable that was changed meanwhile is not expunged', async (t, state) => {
    const old = await state.store((await state.fetch('a')).mutate(bytes('one')));
    await state.store((old as Variable).mutate(bytes('two')));
    t.is(await state.expunge(old as Variable), false);
    t.is(text(await state.fetch('a')), 'two');
  });

  declare('names are those of all variables, whatever letters are in them', async (t, state) => {
    const names =
      'registry|with/slash|with space|größe|.dot|registry/2|.|..|/|//|registry/|\0|%|%2F|%2E|😀|é|e\u0301|__proto__'.split(
        '|',
      );
    names.push('a'.repeat(1000));
    for (const each of names) await state.store((await state.fetch(each)).mutate(bytes(each)));
    t.deepEqual([...(await state.names())].toSorted(), names.toSorted());
    for (const each of names) t.is(text(await state.fetch(each)), each);
  });

  declare('a name that is empty, or half a character, is refused', async (t, state) => {
    const { uuid } = await state.fetch('a');
    for (const refused of ['', '\ud800', 'a\udc00']) {
      const codes = [
        state.fetch(refused),
        state.store(new Variable({ name: refused, uuid, value: bytes('lost') })),
      ].map((work) => Promise.resolve(work).then(() => 'done', codeOf));
      t.deepEqual(await Promise.all(codes), ['STATE_NAME_INVALID', 'STATE_NAME_INVALID'], JSON.stringify(refused));
    }
    t.is((await state.names()).size, 0);
  });

  declare('values of any bytes are kept, from none to half a megabyte', async (t, state) => {
    const random = new SeededRandom(2);
    for (const length of [0, 1, 255, 4096, 500_000]) {
      const value = random.bytes(length);
      await state.store((await state.fetch('a')).mutate(value));
      const { value: kept } = await state.fetch('a');
      t.is(Buffer.compare(kept, value), 0, `${length} bytes`);
    }
  });

  declare('values that grow and shrink a little each time are kept', async (t, state) => {
    let value = '';
    let variable: Variable | undefined = await state.fetch('a');
    for (let round = 0; round < 60; round++) {
      value = round % 7 === 6 ? value.slice(0, 20) + value.slice(45) : `${value}line ${round} of the value;`;
      variable = await state.store((variable as Variable).mutate(bytes(value)));
      t.is(text(variable), value);
    }
    t.is(text(await state.fetch('a')), value);
  });

  declare('values are taken and given as copies', async (t, state) => {
    const value = Buffer.from('mine');
    const variable = await state.fetch('a');
    const storing = state.store(variable.mutate(value));
    await storing;
    value.fill(0);
    const fetched = await state.fetch('a');
    t.is(text(fetched), 'mine');
    fetched.value.fill(0);
    t.is(text(await state.fetch('a')), 'mine');
  });

  declare('what is closed refuses what comes later, and may be closed again', async (t, state, { storage }) => {
    await state.store((await state.fetch('a')).mutate(bytes('one')));
    await storage.close();
    const codes = await Promise.all(
      [state.fetch('a'), state.names()].map((work) => Promise.resolve(work).then(() => 'done', codeOf)),
    );
    t.deepEqual(codes, ['STATE_CLOSED', 'STATE_CLOSED']);
    await storage.close();
  });

  declare('what was answered is there when the storage is opened again', async (t, state, { again }) => {
    const stored = await state.store((await state.fetch('a')).mutate(bytes('one')));
    await state.store((await state.fetch('b')).mutate(bytes('gone')));
    await state.expunge(await state.fetch('b'));
    if (again === undefined) {
      t.is(text(await state.fetch('a')), 'one');
      return;
    }
    const later = new State(await again(), new SeededRandom(3));
    t.deepEqual([...(await later.names())], ['a']);
    t.is(text(await later.fetch('a')), 'one');
    t.is(text(await later.store((stored as Variable).mutate(bytes('two')))), 'two', 'its version is the same');
  });
}
