import test from 'ava';
import { parseFirewall } from '../../src/authentication/flags.ts';

test('firewall rules are paths of disabled endpoints, and nothing else', (t) => {
  t.deepEqual(parseFirewall({}).value, []);
  t.deepEqual(parseFirewall({ disabled_endpoints: { paths: ['/files/browse', '/state'] } }).value, [
    '/files/browse',
    '/state',
  ]);
  t.regex(parseFirewall({ disabled_endpoint: {} }).error ?? '', /'disabled_endpoint' is not known/);
  for (const rules of [{ disabled_endpoints: { paths: ['state'] } }, { disabled_endpoints: { paths: '/state' } }, []]) {
    t.truthy(parseFirewall(rules).error, JSON.stringify(rules));
  }
});
