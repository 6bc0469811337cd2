import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { defaultLimits } from '../src/index.ts';
import { control, wireVersion } from '../src/remote/frame.ts';

const root = new URL('../../', import.meta.url);
const readme = await readFile(new URL('README.md', root), 'utf8');

function byName(one: string, two: string): number {
  return one.localeCompare(two);
}

function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map((match) => match[1] ?? '');
}

test('the programs in the README are those that are tested, in this order', async (t) => {
  const files = ['counter.ts', 'remote.ts', 'pinger.test.ts'];
  const sources = await Promise.all(files.map((file) => readFile(new URL(`test/examples/${file}`, root), 'utf8')));
  t.deepEqual(blocks('ts'), sources);
});

test('the programs in the README print what it says', async (t) => {
  for (const [index, file] of ['counter.js', 'remote.js'].entries()) {
    const path = fileURLToPath(new URL(`dist/test/examples/${file}`, root));
    const { stdout } = await promisify(execFile)(process.execPath, [path]);
    t.is(stdout, blocks('text')[index] ?? '');
  }
});

test('the map of src names every file and folder there, and nothing else', async (t) => {
  const map = readme.slice(readme.indexOf('| path'));
  const named = [...map.matchAll(/`([\w-]+(?:\.ts|\/))`/g)].map((match) => match[1] ?? '');
  const entries = await readdir(new URL('src/', root), { withFileTypes: true });
  const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
  t.deepEqual(named.toSorted(byName), names.toSorted(byName));
});

test('the table of bounds has the defaults', (t) => {
  for (const [name, value] of Object.entries(defaultLimits)) {
    const shown = new RegExp(`\\| \`${name}\` +\\| +([\\w ]+?) *\\|`).exec(readme)?.[1];
    t.is(typeof value === 'number' ? shown?.replaceAll(' ', '') : shown, String(value), name);
  }
});

test('the wire format has the numbers of the code', (t) => {
  for (const [name, number] of Object.entries(control))
    t.regex(readme, new RegExp(`\`\\[${number}[^\\]]*\\]\` +\\| ${name}`), name);
  t.regex(readme, new RegExp(`version is ${wireVersion}\\b`));
});
