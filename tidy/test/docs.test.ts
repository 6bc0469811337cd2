import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import { root, workspaces } from '../src/tree.ts';

const packages = workspaces.filter((workspace) => workspace.startsWith('packages/'));

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function markdown(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'dist', '.git'].includes(entry.name) ? [] : markdown(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

for (const name of packages) {
  test(`the map in the README of ${name} names what is in src, and nothing else`, (t) => {
    const entries = readdirSync(join(root, name, 'src'), { withFileTypes: true })
      .filter((entry) => entry.name !== 'index.ts' && entry.name !== 'generated')
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
    const map = /^#+ Map of `src\/`\n([\s\S]*?)(?=^#|(?![\s\S]))/m.exec(read(`${name}/README.md`))?.[1] ?? '';
    // A row begins with what it is about; several files may share a row.
    const rows = map.split('\n').filter((line) => /^[-|] /.test(line));
    const named = rows.flatMap((line) => {
      const first = line.startsWith('|') ? (line.split('|')[1] ?? '') : (line.split(/:\s| - | — /)[0] ?? '');
      return [...first.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
    });
    const ignored = new Set(['index.ts', 'generated/']);
    t.deepEqual(named.filter((entry) => !ignored.has(entry)).toSorted(), entries.toSorted());
  });
}

test('every link from one document to a file of the repository leads somewhere', (t) => {
  const broken = markdown('.').flatMap((path) =>
    [...read(path).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g)]
      .map((match) => join(dirname(path), decodeURI(match[1] ?? '')))
      .filter((target) => !existsSync(join(root, target)))
      .map((target) => `${path} -> ${target}`),
  );
  t.deepEqual(broken, []);
});

/** The anchors of a document: what GitHub makes of its headings. */
function anchors(path: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [, heading = ''] of withoutCode(read(path)).matchAll(/^#+ (.*)$/gm)) {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = text.replaceAll(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-');
    let free = anchor;
    for (let number = 1; found.has(free); number++) free = `${anchor}-${number}`;
    found.add(free);
  }
  return found;
}

function withoutCode(text: string): string {
  return text.replaceAll(/^```[^]*?^```/gm, '');
}

test('every link to a heading of a document finds it', (t) => {
  const known = new Map<string, ReadonlySet<string>>();
  const broken: string[] = [];
  let links = 0;
  for (const path of markdown('.')) {
    for (const [, file = '', anchor = ''] of withoutCode(read(path)).matchAll(
      /\]\((?!https?:|mailto:)([^)#\s]*)#([^)\s]+)\)/g,
    )) {
      links++;
      const linked = file === '' ? path : join(dirname(path), file);
      const target = linked.endsWith('.md') ? linked : join(linked, 'README.md');
      if (!known.has(target)) known.set(target, existsSync(join(root, target)) ? anchors(target) : new Set());
      if (known.get(target)?.has(anchor) !== true) broken.push(`${path} -> ${file}#${anchor}`);
    }
  }
  t.true(links > 100);
  t.deepEqual(broken, []);
});

test('decisions are numbered from 1 on, each number once, and begin with it', (t) => {
  const names = readdirSync(join(root, 'docs/decisions')).toSorted();
  const numbers = names.map((name) => Number(name.slice(0, 4)));
  t.deepEqual(
    numbers,
    names.map((_, index) => index + 1),
  );
  t.deepEqual(
    names.map((name) => Number(/^# (\d+)\. /.exec(read(`docs/decisions/${name}`))?.[1])),
    numbers,
  );
});

test('every example that a document shows is the file that the tests run', (t) => {
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'scripts/embed.mjs'), '--check'], {
    encoding: 'utf8',
  });
  t.is(status, 0, stdout);
  t.regex(stdout, /^[1-9]\d* embedded examples, 0 stale$/m);
});
