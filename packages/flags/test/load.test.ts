import test from 'ava';
import * as fc from 'fast-check';
import { defineFlags, flag, loadFlags, type LoadOptions } from '../src/index.ts';

const flagTable = defineFlags({
  acls: flag.json({ shape: 'object', help: 'Access rules.' }),
  agent_ping_timeout: flag.duration({
    default: 15_000,
    min: 1000,
    max: 900_000,
    deprecatedAlias: 'slave_ping_timeout',
    help: 'Time for an answer.',
  }),
  credentials: flag.path({ help: 'Path of the credentials.' }),
  fetcher_cache_size: flag.bytes({ default: 1024, help: 'Size of the cache.' }),
  gc_disk_headroom: flag.number({ default: 0.1, min: 0, max: 1, help: 'Share of the disk.' }),
  hostname: flag.string({ help: 'Name of the host.' }),
  hostname_lookup: flag.boolean({ default: true, help: 'Look the name up.' }),
  isolation: flag.list({ default: ['posix/cpu'], help: 'Isolators.' }),
  port: flag.integer({ default: 5050, min: 0, max: 65_535, help: 'Port to listen on.' }),
  role_sorter: flag.choice({ choices: ['drf', 'random'], default: 'drf', help: 'Policy.' }),
});

const files = new Map([
  ['/etc/host', 'node-1.example\n'],
  ['rel/port', '8080\n'],
  ['/etc/acls', '{"permissive": false}\n'],
]);

function readFile(path: string): string {
  const contents = files.get(path);
  if (contents === undefined) throw new Error('no such file');
  return contents;
}

function load(argv: readonly string[], options: Partial<LoadOptions> = {}) {
  return loadFlags(flagTable, { argv, readFile, program: 'mesos-master', ...options });
}

function loadedBy(argv: readonly string[], options: Partial<LoadOptions> = {}) {
  const result = load(argv, options);
  if (result.kind !== 'loaded') throw new Error(result.kind === 'error' ? result.error : result.help);
  return result;
}

function errorOf(argv: readonly string[], options: Partial<LoadOptions> = {}): string | undefined {
  const result = load(argv, options);
  return result.kind === 'error' ? result.error : undefined;
}

test('flags that are not given have their defaults, or undefined', (t) => {
  t.deepEqual(loadedBy([]).flags, {
    acls: undefined,
    agent_ping_timeout: 15_000,
    credentials: undefined,
    fetcher_cache_size: 1024,
    gc_disk_headroom: 0.1,
    hostname: undefined,
    hostname_lookup: true,
    isolation: ['posix/cpu'],
    port: 5050,
    role_sorter: 'drf',
  });
});

test('every kind of flag is read from the command line', (t) => {
  const { flags, warnings } = loadedBy([
    '--acls={"a": [1, null]}',
    '--agent_ping_timeout=1.5mins',
    '--credentials=/etc/credentials',
    '--fetcher_cache_size=64MB',
    '--gc_disk_headroom=.25',
    '--hostname=a=b',
    '--hostname_lookup=0',
    '--isolation=posix/cpu, ,disk/du,',
    '--PORT=5055',
    '--role_sorter=random',
  ]);
  t.deepEqual(flags, {
    acls: { a: [1, null] },
    agent_ping_timeout: 90_000,
    credentials: '/etc/credentials',
    fetcher_cache_size: 64 * 1024 ** 2,
    gc_disk_headroom: 0.25,
    hostname: 'a=b',
    hostname_lookup: false,
    isolation: ['posix/cpu', 'disk/du'],
    port: 5055,
    role_sorter: 'random',
  });
  t.deepEqual(warnings, []);
});

test('a boolean is given by its name, its negation or a value', (t) => {
  const forms = [
    ['--hostname_lookup', true],
    ['--hostname_lookup=', true],
    ['--hostname_lookup=true', true],
    ['--hostname_lookup=1', true],
    ['--no-hostname_lookup', false],
    ['--hostname_lookup=false', false],
    ['--hostname_lookup=0', false],
  ] as const;
  for (const [argument, value] of forms) t.is(loadedBy([argument]).flags.hostname_lookup, value, argument);
});

test('an empty text is a value of a string flag', (t) => {
  t.is(loadedBy(['--hostname=']).flags.hostname, '');
});

test('file:// values are the contents of the file without its last line break', (t) => {
  t.is(loadedBy(['--hostname=file:///etc/host']).flags.hostname, 'node-1.example');
  t.is(loadedBy(['--port=file://rel/port']).flags.port, 8080);
  t.deepEqual(loadedBy(['--acls=file:///etc/acls']).flags.acls, { permissive: false });
});

test('a path flag keeps the path of a file:// value and reads nothing', (t) => {
  t.is(loadedBy(['--credentials=file:///etc/host']).flags.credentials, '/etc/host');
});

test('a JSON flag also takes a bare absolute path, with a warning', (t) => {
  const { flags, warnings } = loadedBy(['--acls=/etc/acls']);
  t.deepEqual(flags.acls, { permissive: false });
  t.deepEqual(warnings, ["Flag 'acls' names a file by its bare path, which is an old way; use 'file:///etc/acls'"]);
});

test('a file that cannot be read or does not fit is an error that names flag and file', (t) => {
  t.is(
    errorOf(['--hostname=file:///none']),
    "Failed to load flag 'hostname' from '--hostname': Error reading file '/none': no such file",
  );
  t.is(
    errorOf(['--port=file:///etc/host']),
    "Failed to load flag 'port' from '--port': Failed to load the contents of '/etc/host': " +
      'Expecting an integer, at least 0 and at most 65535',
  );
});

test('without a reader of its own the loader reads files from disk', (t) => {
  const loaded = loadFlags(flagTable, { argv: [`--hostname=${import.meta.url}`] });
  t.regex(loaded.kind === 'loaded' ? (loaded.flags.hostname ?? '') : '', /the loader reads files from disk/);
});

test('a flag comes from the environment when the command line does not give it', (t) => {
  const env = {
    MESOS_PORT: '6000',
    MESOS_hostname: 'lower',
    'MESOS_NO-HOSTNAME_LOOKUP': '',
    PORT: '1',
    MESOS_ACLS: undefined,
  };
  const { flags } = loadedBy(['--hostname=argument'], { env: { ...env, MESOS_ACLS: '{}' } });
  t.is(flags.port, 6000);
  t.is(flags.hostname, 'argument');
  t.false(flags.hostname_lookup);
  t.deepEqual(flags.acls, {});
});

test('a command-line alias wins over the environment variable of the name', (t) => {
  const { flags } = loadedBy(['--slave_ping_timeout=2secs'], { env: { MESOS_AGENT_PING_TIMEOUT: '3secs' } });
  t.is(flags.agent_ping_timeout, 2000);
});

test('environment variables of no flag are ignored, MESOS_HELP included', (t) => {
  const env = { MESOS_SANDBOX: '/x', MESOS_CHECKPOINT: '1', MESOS_HELP: 'true', MESOS_: '', MESOS___PROTO__: 'x' };
  t.is(loadedBy([], { env }).flags.port, 5050);
});

test('a malformed environment variable is an error that names it', (t) => {
  t.is(
    errorOf([], { env: { MESOS_PORT: 'http' } }),
    "Failed to load flag 'port' from environment variable 'MESOS_PORT': Failed to load value 'http': " +
      'Expecting an integer, at least 0 and at most 65535',
  );
  t.is(
    errorOf([], { env: { MESOS_PORT: '1', MESOS_port: '2' } }),
    "Flag 'port' is given twice: by environment variable 'MESOS_PORT' and by environment variable 'MESOS_port'",
  );
});

test('another prefix of environment variables can be chosen', (t) => {
  t.is(loadedBy([], { env: { LIBPROCESS_PORT: '7', MESOS_PORT: 'x' }, envPrefix: 'LIBPROCESS_' }).flags.port, 7);
});

test('an unknown flag is an error that names it and suggests the nearest', (t) => {
  t.is(errorOf(['--prot=1']), "Failed to load unknown flag '--prot': Did you mean '--port'?");
  t.is(
    errorOf(['--no-hostname-lookup']),
    "Failed to load unknown flag '--no-hostname-lookup': Did you mean '--no-hostname_lookup'?",
  );
  t.is(errorOf(['--zookeeper=x']), "Failed to load unknown flag '--zookeeper'");
  t.is(errorOf(['--__proto__=x']), "Failed to load unknown flag '--__proto__'");
});

test('a flag given twice is an error, also by its alias', (t) => {
  t.is(errorOf(['--port=1', '--port=1']), "Flag 'port' is given twice: by '--port' and by '--port'");
  t.is(
    errorOf(['--agent_ping_timeout=2secs', '--slave_ping_timeout=2secs']),
    "Flag 'agent_ping_timeout' is given twice: by '--agent_ping_timeout' and by '--slave_ping_timeout'",
  );
});

test('an old name works with a warning', (t) => {
  const { flags, warnings } = loadedBy(['--slave_ping_timeout=2secs']);
  t.is(flags.agent_ping_timeout, 2000);
  t.deepEqual(warnings, ["Flag 'slave_ping_timeout' is an old name; use 'agent_ping_timeout'"]);
});

test('a flag that needs a value takes the next argument when it has none of its own', (t) => {
  t.is(loadedBy(['--port', '5051', '--no-hostname_lookup']).flags.port, 5051);
  t.is(errorOf(['--hostname_lookup', 'true']), "Unexpected argument 'true'");
  t.regex(errorOf(['--port', '--hostname_lookup']) ?? '', /Missing value/);
  t.regex(errorOf(['--port', '--', '5051']) ?? '', /Missing value/);
});

const malformed = [
  ['--port', "'port' from '--port': Missing value: Expecting '=VALUE'"],
  ['--no-port', "'port' from '--no-port': Only a boolean flag can be negated"],
  ['--port=', "'port' from '--port': Failed to load value '': Expecting an integer, at least 0 and at most 65535"],
  ['--port=65536', "Failed to load value '65536': Expecting an integer, at least 0 and at most 65535"],
  ['--port=5e3', "Failed to load value '5e3': Expecting an integer"],
  ['--port=0x10', "Failed to load value '0x10': Expecting an integer"],
  ['--port=1 2', "Failed to load value '1 2': Expecting an integer"],
  ['--hostname_lookup=yes', "Failed to load value 'yes': Expecting a boolean (true or false)"],
  ['--no-hostname_lookup=true', "A negated flag takes no value, found 'true'"],
  ['--gc_disk_headroom=1.5', 'Expecting a number, at least 0 and at most 1'],
  ['--gc_disk_headroom=NaN', 'Expecting a number, at least 0 and at most 1'],
  ['--agent_ping_timeout=10', "Invalid duration '10'. Expecting a duration such as 10secs, 1.5mins or 250ms"],
  [
    '--agent_ping_timeout=1ms',
    'Expecting a duration such as 10secs, 1.5mins or 250ms, at least 1secs and at most 15mins',
  ],
  ['--fetcher_cache_size=1.5GB', "Fractional bytes '1.5GB'. Expecting an amount of bytes such as 64MB"],
  ['--acls=[]', 'Expecting a JSON object, inline or as file:///path'],
  ['--acls={', 'Expecting a JSON object, inline or as file:///path'],
  ['--role_sorter=rando', "Expecting one of drf, random. Did you mean 'random'?"],
  ['--isolation=a,b,a', "Duplicate item 'a'"],
  ['--credentials=', 'Expecting a path'],
] as const;

for (const [argument, message] of malformed) {
  test(`${argument} is an error that says what was expected`, (t) => {
    const error = errorOf([argument]) ?? '';
    t.true(error.startsWith("Failed to load flag '"), error);
    t.true(error.includes(message), error);
  });
}

test('a required flag that is not given is an error', (t) => {
  const table = defineFlags({ work_dir: flag.path({ required: true, help: '' }) });
  const error = { kind: 'error', error: "Flag 'work_dir' is required, but it was not provided" };
  t.deepEqual(loadFlags(table, { argv: [] }), error);
  t.is(loadFlags(table, { argv: ['--work_dir=/x'] }).kind, 'loaded');
  t.is(loadFlags(table, { argv: [], env: { MESOS_WORK_DIR: '/x' } }).kind, 'loaded');
});

test('a value that the validation of its flag refuses is an error', (t) => {
  const table = defineFlags({
    hostname: flag.string({
      help: '',
      validate: (name) => (name === 'localhost' ? 'Expecting a name other hosts know' : undefined),
    }),
  });
  t.deepEqual(loadFlags(table, { argv: ['--hostname=localhost'] }), {
    kind: 'error',
    error:
      "Failed to load flag 'hostname' from '--hostname': Failed to load value 'localhost': Expecting a name other hosts know",
  });
});

test('--help and -h win over every mistake', (t) => {
  for (const argv of [['--help'], ['-h'], ['--unknown', '--port=x', '--help'], ['--help=true', 'surplus']]) {
    const loaded = load(argv);
    t.regex(
      loaded.kind === 'help' ? loaded.help : '',
      /^Usage: mesos-master \[options\]\n\n {2}--acls=JSON/,
      argv.join(' '),
    );
  }
  for (const argument of ['--no-help', '--help=false', '--help=0']) t.is(load([argument]).kind, 'loaded', argument);
});

test('arguments that are no flags, and all after --, are the rest, as far as the program takes any', (t) => {
  const argv = ['one', '--port=1', 'two', '--', '--hostname=x', '--help'];
  const { flags, rest } = loadedBy(argv, { positionalsMax: 4 });
  t.deepEqual(rest, ['one', 'two', '--hostname=x', '--help']);
  t.is(flags.port, 1);
  t.is(flags.hostname, undefined);
  t.is(errorOf(argv, { positionalsMax: 1 }), "Unexpected argument 'two'");
  t.is(errorOf(['-port=1']), "Unexpected argument '-port=1': Flags start with '--'");
});

test('a message is one line of readable length whatever was given', (t) => {
  for (const argument of [
    `--port=${'9'.repeat(100_000)}`,
    '--port=a\nb\u001B[31m',
    `--${'x'.repeat(100_000)}`,
    'y\n'.repeat(9999),
  ]) {
    const error = errorOf([argument]) ?? '';
    t.regex(error, /^\P{Cc}{10,400}$/u);
  }
});

test('no command line and no environment makes the loader throw', (t) => {
  const names = fc.oneof(
    fc.constantFrom(...Object.keys(flagTable), 'help', 'no-hostname_lookup', '__proto__'),
    fc.string(),
  );
  const values = fc.oneof(
    fc.string(),
    fc.constantFrom('true', '1', '{}', '/etc/acls', 'file:///etc/host', '5secs', '1MB'),
  );
  const argument = fc.oneof(
    fc.string(),
    names.map((name) => `--${name}`),
    fc.tuple(names, values).map(([name, value]) => `--${name}=${value}`),
  );
  const env = fc.dictionary(
    names.map((name) => `MESOS_${name.toUpperCase()}`),
    values,
  );
  const kinds = new Set<string>();
  fc.assert(
    fc.property(fc.array(argument, { maxLength: 4 }), env, (argv, variables) => {
      kinds.add(load(argv, { env: variables, positionalsMax: 2 }).kind);
    }),
    { numRuns: 500 },
  );
  t.deepEqual([...kinds].toSorted(), ['error', 'help', 'loaded']);
});
