import { readFileSync } from 'node:fs';
import test from 'ava';
import { aclTable } from '../../src/authorization/local/acl-table.ts';
import { parseFirewall } from '../../src/authentication/flags.ts';
import { parseAcls } from '../../src/index.ts';

const page = readFileSync(new URL('../../../../../docs/security.md', import.meta.url), 'utf8');

test('the rules that docs/security.md shows are rules, and every kind that it names is one', (t) => {
  t.is(parseFirewall(JSON.parse(/--firewall_rules='([^']*)'/.exec(page)?.[1] ?? '')).error, undefined);
  const acls = /cat > acls.json <<'END'\n([\s\S]*?)END/.exec(page)?.[1] ?? '';
  t.is(parseAcls(JSON.parse(acls)).error, undefined);
  const rows = page.slice(page.indexOf('| kind'), page.indexOf('## The challenge')).split('\n');
  const named = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([a-z_]+)`/g)].map(([, kind = '']) => kind),
  );
  t.true(named.length > 30, `${named.length} kinds`);
  const kinds = new Set(Object.keys(aclTable));
  t.deepEqual(
    named.filter((kind) => !kinds.has(kind)),
    [],
  );
});
