import { readFile } from 'node:fs/promises';
import test from 'ava';

/** The packages that an entry loads, by way of every file that it imports. */
async function packagesOf(entry: URL, seen = new Set<string>()): Promise<Set<string>> {
  const packages = new Set<string>();
  if (seen.has(entry.href)) return packages;
  seen.add(entry.href);
  const code = await readFile(entry, 'utf8');
  for (const [, specifier = ''] of code.matchAll(/^(?:import|export) .*?'([^']+)';$/gm)) {
    if (!specifier.startsWith('.')) packages.add(specifier);
    else for (const name of await packagesOf(new URL(specifier, entry), seen)) packages.add(name);
  }
  return packages;
}

test('the HTTP client and JSON web tokens are loaded by those who import them, not by the main entry', async (t) => {
  const src = new URL('../../src/', import.meta.url);
  const main = await packagesOf(new URL('index.js', src));
  t.true(main.has('ws'));
  t.false(main.has('undici'));
  t.false(main.has('jose'));
  t.true((await packagesOf(new URL('http/client/index.js', src))).has('undici'));
  t.true((await packagesOf(new URL('http/jwt.js', src))).has('jose'));
});
