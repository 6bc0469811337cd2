import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';

const root = new URL('../../../../', import.meta.url);

// The programs of the documents, with what these say that they print.
for (const document of ['packages/replicated-log/README.md', 'docs/replicated-log.md']) {
  const text = readFileSync(new URL(document, root), 'utf8');
  const shown = /<!-- (\S+\.ts) -->\n\n```ts\n(?:(?!```\n)[^])*```\n\n```text\n((?:(?!```\n)[^])*)```\n/g;
  for (const [, file = '', output = ''] of text.matchAll(shown)) {
    test(`${file} prints what ${document} says`, async (t) => {
      const path = fileURLToPath(new URL(file.replace('/test/', '/dist/test/').replace(/\.ts$/, '.js'), root));
      const { stdout } = await promisify(execFile)(process.execPath, [path]);
      t.is(stdout, output);
    });
  }
}

function codes(text: string): string[] {
  return [...new Set(text.match(/\bLOG_[A-Z_]+\b/g))].toSorted();
}

test('the guide has a row for every code of LogError, and for no other', (t) => {
  const source = readFileSync(new URL('packages/replicated-log/src/errors.ts', root), 'utf8');
  const guide = readFileSync(new URL('docs/replicated-log.md', root), 'utf8');
  t.deepEqual(codes(guide), codes(source));
});
