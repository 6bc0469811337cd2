import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { defaultLimits } from '../src/index.ts';
import { control, wireVersion } from '../src/remote/frame.ts';

const root = new URL('../../', import.meta.url);
const examples = 'packages/libprocess/test/examples/';

function byName(one: string, two: string): number {
  return one.localeCompare(two);
}

const pages = (await readdir(new URL('docs/', root)))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);
const documents = new Map<string, string>();
for (const path of ['README.md', ...pages]) documents.set(path, await readFile(new URL(path, root), 'utf8'));

function text(path: string): string {
  return documents.get(path) ?? '';
}

/** The programs that a document shows, which tidy compares with their files, and what it says that they print. */
function programs(document: string): { file: string; output: string | undefined }[] {
  const shown = /<!-- (\S+\.ts) -->\n\n```ts\n(?:(?!```\n)[^])*```\n(?:\n```text\n((?:(?!```\n)[^])*)```\n)?/g;
  return [...document.matchAll(shown)].map(([, file = '', output]) => ({ file, output }));
}

async function printed(file: string): Promise<string> {
  const path = fileURLToPath(new URL(file.replace(examples, 'dist/test/examples/').replace(/\.ts$/, '.js'), root));
  const { stdout } = await promisify(execFile)(process.execPath, [path]);
  return stdout;
}

test('every program in the documents is a file that is tested, and every such file is in the documents', async (t) => {
  for (const [path, document] of documents) {
    t.is([...document.matchAll(/^```ts$/gm)].length, programs(document).length, path);
  }
  const shown = [...documents.values()].flatMap((document) => programs(document).map(({ file }) => file));
  const files = await readdir(new URL('test/examples/', root), { recursive: true });
  const sources = files.filter((file) => file.endsWith('.ts') && file !== 'browser/browser.test.ts');
  t.deepEqual([...new Set(shown)].toSorted(byName), sources.map((file) => examples + file).toSorted(byName));
});

for (const [path, document] of documents) {
  for (const { file, output } of programs(document)) {
    if (output === undefined) continue;
    test.serial(`${file.replace(examples, '')} prints what ${path} says`, async (t) => {
      t.is(await printed(file), output);
    });
  }
}

test('every program that is shown without what it prints is a test, or a module of another one', (t) => {
  const silent = [...documents.values()].flatMap((document) =>
    programs(document).flatMap(({ file, output }) => (output === undefined ? file.replace(examples, '') : [])),
  );
  const modules = new Set(['primes.ts', 'browser/page.ts', 'browser/server.ts']);
  t.deepEqual(
    silent.filter((file) => !file.endsWith('.test.ts') && !modules.has(file)),
    [],
  );
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
// Where there is no openssl this is skipped, and the report says so.
const withOpenssl = hasOpenssl ? test.serial : test.skip;

withOpenssl('the commands of the page about security make certificates and run its program over TLS', async (t) => {
  const page = text('docs/security.md');
  const commands = /```sh\n([^]*?)```/
    .exec(page)?.[1]
    ?.replace(' node ', ' "$NODE" ')
    .replace('secure.js', '"$PROGRAM"');
  const folder = await mkdtemp(join(tmpdir(), 'libprocess-documents-'));
  try {
    const PROGRAM = fileURLToPath(new URL('dist/test/examples/secure.js', root));
    const env = { ...process.env, NODE: process.execPath, PROGRAM };
    const { stdout } = await promisify(execFile)('sh', ['-e', '-c', commands ?? 'exit 1'], { cwd: folder, env });
    const [program] = programs(page);
    t.is(stdout, program?.output?.replace('TLS: false', 'TLS: true') ?? '');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('every program in the documents compiles for those who ask their compiler to be strict, and for no more', async (t) => {
  const folder = fileURLToPath(new URL('test/examples/', root));
  const files = await readdir(folder, { recursive: true });
  const sources = files.filter((file) => file.endsWith('.ts') && file !== 'browser/browser.test.ts');
  const options = '--strict --noEmit --module nodenext --target es2023 --lib es2023,esnext.disposable --types node';
  const compiler = fileURLToPath(import.meta.resolve('typescript/package.json')).replace('package.json', 'bin/tsc');
  const { status, stdout } = spawnSync(
    process.execPath,
    [compiler, ...options.split(' '), '--ignoreConfig', '--allowImportingTsExtensions', ...sources],
    { cwd: folder, encoding: 'utf8' },
  );
  t.is(status, 0, stdout);
});

test('the map of src names every file and folder there, and nothing else', async (t) => {
  const readme = text('README.md');
  const map = readme.slice(readme.indexOf('## Map of'));
  const named = [...map.matchAll(/`([\w-]+(?:\.ts|\/))`/g)]
    .map((match) => match[1] ?? '')
    .filter((name) => name !== 'src/');
  const entries = await readdir(new URL('src/', root), { withFileTypes: true });
  const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
  t.deepEqual(named.toSorted(byName), names.toSorted(byName));
});

test('the table of bounds has the defaults', (t) => {
  for (const [name, value] of Object.entries(defaultLimits)) {
    const shown = new RegExp(`\\| \`${name}\` +\\| +([\\w ]+?) *\\|`).exec(text('README.md'))?.[1];
    t.is(typeof value === 'number' ? shown?.replaceAll(' ', '') : shown, String(value), name);
  }
});

test('the wire format has the numbers of the code', (t) => {
  const wire = text('docs/wire.md');
  for (const [name, number] of Object.entries(control))
    t.regex(wire, new RegExp(`\`\\[${number}[^\\]]*\\]\` +\\| ${name}`), name);
  t.regex(wire, new RegExp(`version is ${wireVersion}\\b`));
});

/** Whether a test file has a test of that title, or of that title behind a parameter: "${name}: title". */
function hasTest(source: string, title: string): boolean {
  const escaped = title.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`).replaceAll("'", String.raw`\\?'`);
  return new RegExp(String.raw`(?:['"\x60]|\$\{\w+\}: )${escaped}['"\x60]`).test(source);
}

test('every row of the feature table names a test that exists, and files that exist', async (t) => {
  const readme = text('README.md');
  const table = readme.slice(readme.indexOf('## Features'), readme.indexOf('## What an actor can rely on'));
  const rows = table.split('\n').filter((line) => /^\| (?!-|libprocess C\+\+)/.test(line));
  t.true(rows.length > 100, `${rows.length} rows`);
  for (const row of rows) {
    const cells = row.split(' | ');
    const proofs = [...(cells.at(-1) ?? '').matchAll(/\[[^\]]+\]\((\S+) (['"])(.+?)\2\)/g)];
    t.true(cells.length === 4 && proofs.length > 0, row);
    for (const [, file = '', , title = ''] of proofs) {
      const source = await readFile(new URL(file, root), 'utf8').catch(() => '');
      t.true(hasTest(source, title), `${file}: ${title}`);
    }
  }
});
