import { Resources, parseAttributes, parseResources } from '@mesos-ts/protocol';
import test from 'ava';
import { attributesJson, fullResourcesJson, reservationsJson, resourcesJson, roleOf } from '../../src/index.ts';

function resources(text: string): Resources {
  return parseResources(text).value ?? Resources.empty;
}

test('the four usual resources are always there, other names as they come', (t) => {
  t.deepEqual(resourcesJson([]), { cpus: 0, gpus: 0, mem: 0, disk: 0 });
  t.deepEqual(resourcesJson(resources('cpus:0.5;mem:64;bugs:2;ports:[5-7,1-2];disks:{a,b}')), {
    cpus: 0.5,
    gpus: 0,
    mem: 64,
    disk: 0,
    bugs: 2,
    ports: '[1-2, 5-7]',
    disks: '{a, b}',
  });
});

test('what is reserved for several roles is summed up: scalars to the thousandth, ranges and sets without repetition', (t) => {
  const shown = resourcesJson(
    resources('cpus:0.1;cpus(a):0.2;ports:[1-3,9-9];ports(a):[4-5];ports(b):[2-2];disks:{a};disks(a):{a,b}'),
  );
  t.like(shown, { cpus: 0.3, ports: '[1-5, 9-9]', disks: '{a, b}' });
});

test('what may be revoked is told apart', (t) => {
  const revocable = resources('cpus:1')
    .toArray()
    .map((resource) => ({ ...resource, revocable: {} }));
  t.like(resourcesJson([...resources('cpus:2'), ...revocable]), { cpus: 2, cpus_revocable: 1 });
});

test('in full, resources tell their reservation in the old way and in the new', (t) => {
  t.deepEqual(fullResourcesJson(resources('cpus:1')), [
    { name: 'cpus', type: 'SCALAR', scalar: { value: 1 }, role: '*' },
  ]);
  t.like(fullResourcesJson(resources('cpus(eng):1'))[0], {
    role: 'eng',
    reservations: [{ role: 'eng', type: 'STATIC' }],
  });
});

test('a refined reservation can only be told in the new way', (t) => {
  const refined = {
    name: 'cpus',
    type: 'SCALAR',
    scalar: { value: 1 },
    reservations: [
      { type: 'STATIC', role: 'eng' },
      { type: 'DYNAMIC', role: 'eng/web', principal: 'p' },
    ],
  } as const;
  t.deepEqual(fullResourcesJson([{ ...refined, reservations: [...refined.reservations] }]), [refined]);
});

test('reservations are told by role', (t) => {
  t.deepEqual(reservationsJson(resources('cpus:4;cpus(eng):1;mem(ads):8'), resourcesJson), {
    eng: { cpus: 1, gpus: 0, mem: 0, disk: 0 },
    ads: { cpus: 0, gpus: 0, mem: 8, disk: 0 },
  });
});

test('the role of resources is the one they are allocated to, not the one they are reserved for', (t) => {
  t.is(roleOf(undefined), undefined);
  t.is(roleOf(resources('cpus(eng):1').toArray()), undefined);
  t.is(roleOf(resources('cpus:1').allocate('ads').toArray()), 'ads');
});

test('attributes are numbers where they are scalars, else texts', (t) => {
  const attributes = parseAttributes('rack:r1;cores:8;slots:[1-4,7-9]').value ?? [];
  t.deepEqual(attributesJson([...attributes, { name: 'zones', type: 'SET', set: { item: ['a', 'b'] } }]), {
    rack: 'r1',
    cores: 8,
    slots: '[1-4, 7-9]',
    zones: '{a, b}',
  });
});
