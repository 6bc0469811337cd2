import test from 'ava';
import { agentResources, offeredDiskMb, offeredMemMb } from '../../src/resources/detect.ts';

const gigabyte = 1024 ** 3;
const machine = { cpus: 8, memBytes: 16 * gigabyte, diskBytes: 100 * gigabyte };

test('a machine keeps one gigabyte of memory and five of disk to itself, or half if it is small', (t) => {
  t.is(offeredMemMb(16 * gigabyte), 15 * 1024);
  t.is(offeredMemMb(2 * gigabyte), 1024);
  t.is(offeredMemMb(gigabyte), 512);
  t.is(offeredDiskMb(100 * gigabyte), 95 * 1024);
  t.is(offeredDiskMb(8 * gigabyte), 4096);
});

test('what the operator does not mention is detected', (t) => {
  t.is(
    agentResources(undefined, undefined, machine).value?.toString(),
    'cpus:8; mem:15360; disk:97280; ports:[31000-32000]',
  );
  t.is(
    agentResources('cpus:2.5;gizmos:{a,b}', undefined, machine).value?.toString(),
    'cpus:2.5; gizmos:{a, b}; mem:15360; disk:97280; ports:[31000-32000]',
  );
  const unknown = { cpus: undefined, memBytes: undefined, diskBytes: undefined };
  t.is(agentResources('', undefined, unknown).value?.toString(), 'cpus:1; mem:1024; disk:10240; ports:[31000-32000]');
});

test('a kind of which the operator gives none is not detected', (t) => {
  t.is(agentResources('cpus:0; mem(eng):0', undefined, machine).value?.toString(), 'disk:97280; ports:[31000-32000]');
  t.is(agentResources('[{"name":"cpus","type":"SCALAR","scalar":{"value":1}}]', undefined, machine).value?.cpus, 1);
});

test('what has no role is of the default role', (t) => {
  const resources = agentResources('cpus:1;mem(ops):64', 'eng', machine).value;
  t.deepEqual([...(resources?.reservations().keys() ?? [])].toSorted(), ['eng', 'ops']);
});

test('malformed text is an error', (t) => {
  t.truthy(agentResources('cpus:', undefined, machine).error);
});
