import { readFileSync } from 'node:fs';
import test from 'ava';

const root = new URL('../../../../', import.meta.url);

function codes(text: string): string[] {
  return [...new Set(text.match(/\bLOG_[A-Z_]+\b/g))].toSorted();
}

test('the guide has a row for every code of LogError, and for no other', (t) => {
  const source = readFileSync(new URL('packages/replicated-log/src/errors.ts', root), 'utf8');
  const guide = readFileSync(new URL('docs/replicated-log.md', root), 'utf8');
  t.deepEqual(codes(guide), codes(source));
});
