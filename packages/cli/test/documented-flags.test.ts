// What the documents say about flags, held against what --help says.
import { readFileSync, readdirSync } from 'node:fs';
import test from 'ava';
import { commands } from '../src/commands/index.ts';
import { mesosLog } from '../src/log-tool/mesos-log.ts';
import { FakeIo } from './support/fake-io.ts';
import type { Command } from '../src/index.ts';

const root = new URL('../../../../', import.meta.url);

/** What `--help` prints. */
async function helpOf(command: Command, argv: readonly string[] = []): Promise<string> {
  const io = new FakeIo();
  await command([...argv, '--help'], {}, io);
  return io.out;
}

/** The defaults of the flags that a help text lists, by their names. */
function defaultsOf(help: string): ReadonlyMap<string, string> {
  const flags = help.split(/^ {2}(?=--)/m).slice(1);
  return new Map(
    flags.map((text) => {
      const [, name = ''] = /^--(?:\[no-\])?(\w+)/.exec(text) ?? [];
      return [name, /\(default:\s+(.*?)\)\s*$/s.exec(text)?.[1] ?? 'none'] as const;
    }),
  );
}

const helps = new Map<string, string>();
test.before(async () => {
  for (const [name, entry] of commands) helps.set(name, await helpOf(await entry.load()));
  for (const name of ['benchmark', 'initialize', 'read', 'replica', 'salvage']) {
    helps.set(`log tool: ${name}`, await helpOf(mesosLog, [name]));
  }
});

test('every flag that the documents give to a daemon or a command is one that it, or another, takes', (t) => {
  const known = new Set(
    [...helps.values()].flatMap((help) => [...help.matchAll(/--(?:\[no-\])?(\w+)/g)].map(([, name = '']) => name)),
  );
  const documents = [
    'README.md',
    ...readdirSync(new URL('docs/', root))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
    ...readdirSync(new URL('packages/', root)).map((name) => `packages/${name}/README.md`),
  ];
  // Those of other programs: curl, the scripts of this project, Apache Mesos.
  const others = new Set(
    'all cacert cert etag-compare etag-save exit flag key master_contender master_detector only policy rounds runs seed update'.split(
      ' ',
    ),
  );
  const unknown = documents.flatMap((path) =>
    [...readFileSync(new URL(path, root), 'utf8').matchAll(/--(?:no-)?([a-z][a-z0-9_-]*)/g)]
      .map(([, name = '']) => name)
      .filter((name) => !known.has(name) && !others.has(name))
      .map((name) => `${path}: --${name}`),
  );
  t.deepEqual(unknown, []);
});

test('the defaults in the table of docs/running-a-cluster.md are those of --help', (t) => {
  const guide = readFileSync(new URL('docs/running-a-cluster.md', root), 'utf8');
  const rows = [...guide.matchAll(/^\| (master|agent) +\| (`--.*?) +\| (.*?) +\|/gm)];
  t.true(rows.length > 10);
  for (const [, program = '', names = '', told = ''] of rows) {
    // What depends on other flags is told in the text.
    if (told === 'depends') continue;
    const defaults = defaultsOf(helps.get(program) ?? '');
    const real = [...names.matchAll(/`--(\w+)`/g)].map(([, name = '']) => defaults.get(name) ?? `no flag --${name}`);
    t.deepEqual(new Set(real), new Set(told.split(', ')), names);
  }
});
