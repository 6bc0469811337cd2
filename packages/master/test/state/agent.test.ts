import test from 'ava';
import { parseResources, type Resource } from '@mesos-ts/protocol';
import { totalOf } from '../../src/state/agent.ts';

function list(text: string): Resource[] {
  const parsed = parseResources(text);
  if (parsed.error !== undefined) throw new TypeError(parsed.error);
  return parsed.value.toArray();
}

test('what an agent has is what it was started with, reservations made since included and not counted twice', (t) => {
  const reserved: Resource = {
    name: 'cpus',
    type: 'SCALAR',
    scalar: { value: 1 },
    reservations: [{ type: 'DYNAMIC', role: 'eng' }],
  };
  const total = totalOf(list('cpus:4;mem:64'), [reserved]);
  t.is(total.cpus, 4);
  t.is(total.unreserved().cpus, 3);
  t.is(total.reserved('eng').cpus, 1);
});
