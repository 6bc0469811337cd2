import test from 'ava';
import {
  defineFlags,
  flag,
  flagsToJson,
  FlagsError,
  loadFlags,
  type FlagTable,
  type FlagValues,
} from '../src/index.ts';

const flagTable = defineFlags({
  acls: flag.json({ shape: 'object', default: { permissive: true }, help: '' }),
  fetcher_cache_size: flag.bytes({ default: 2 * 1024 ** 3, help: '' }),
  gc_disk_headroom: flag.number({ default: 0.1, help: '' }),
  hostname_lookup: flag.boolean({ default: true, help: '' }),
  ip: flag.string({ help: '' }),
  isolation: flag.list({ default: ['posix/cpu', 'posix/mem'], help: '' }),
  port: flag.integer({ default: 5051, help: '' }),
  recovery_timeout: flag.duration({ default: 15 * 60 * 1000, help: '' }),
  role_sorter: flag.choice({ choices: ['drf', 'random'], default: 'drf', help: '' }),
  work_dir: flag.path({ default: '/var/lib/mesos', help: '' }),
});

function loadedBy(argv: readonly string[]): FlagValues<typeof flagTable> {
  const result = loadFlags(flagTable, { argv });
  if (result.kind !== 'loaded') throw new Error(result.kind === 'error' ? result.error : result.help);
  return result.flags;
}

test("flags are printed as Mesos's /flags endpoint prints them, without those that have no value", (t) => {
  const printed = flagsToJson(flagTable, loadedBy(['--no-hostname_lookup']));
  t.deepEqual(printed, {
    acls: '{"permissive":true}',
    fetcher_cache_size: '2GB',
    gc_disk_headroom: '0.1',
    help: 'false',
    hostname_lookup: 'false',
    isolation: 'posix/cpu,posix/mem',
    port: '5051',
    recovery_timeout: '15mins',
    role_sorter: 'drf',
    work_dir: '/var/lib/mesos',
  });
  t.deepEqual(Object.keys(printed), Object.keys(printed).toSorted());
});

test('printed flags, given again, load the same values', (t) => {
  const first = loadedBy(['--port=1', '--isolation=a,b', '--recovery_timeout=1.5secs', '--acls={"a":[1]}']);
  const argv = Object.entries(flagsToJson(flagTable, first)).map(([name, value]) => `--${name}=${value}`);
  t.deepEqual(loadedBy(argv), first);
});

const mistakes: readonly (readonly [string, FlagTable, RegExp])[] = [
  ['a name in camelCase', { workDir: flag.path({ help: '' }) }, /'workDir' is not snake_case/],
  ['a name that reads as a negation', { 'no-port': flag.string({ help: '' }) }, /'no-port' is not snake_case/],
  ['a second help', { help: flag.boolean({ help: '' }) }, /'help' is used twice/],
  [
    'an alias that is another name',
    { a: flag.string({ help: '' }), b: flag.string({ help: '', alias: 'a' }) },
    /'a' is used twice/,
  ],
  ['a default out of range', { port: flag.integer({ default: 0, min: 1, help: '' }) }, /default of flag 'port'/],
  [
    'a default that the validation refuses',
    { ip: flag.string({ default: 'x', help: '', validate: () => 'No' }) },
    /valid value: No/,
  ],
  [
    'a default of a required flag',
    { ip: flag.string({ default: 'x', required: true, help: '' }) },
    /'ip' is required and has a default/,
  ],
];

for (const [name, table, message] of mistakes) {
  test(`a table with ${name} is refused`, (t) => {
    const error = t.throws(() => defineFlags(table), { instanceOf: FlagsError, message });
    t.is(error?.code, 'FLAG_TABLE_INVALID');
  });
}
