import test from 'ava';
import { validateResource, validateResources, type Resource } from '../../src/index.ts';

const cpus: Resource = { name: 'cpus', type: 'SCALAR', scalar: { value: 1 } };
const disk: Resource = { name: 'disk', type: 'SCALAR', scalar: { value: 1 } };
const refined = [
  { type: 'STATIC' as const, role: 'a' },
  { type: 'DYNAMIC' as const, role: 'a/b' },
];

const valid: readonly Resource[] = [
  cpus,
  { ...cpus, scalar: { value: 0 } },
  { ...cpus, role: 'web' },
  { ...cpus, role: 'web', reservation: { principal: 'p' } },
  { ...cpus, reservations: refined },
  { ...cpus, role: 'a', reservations: [{ type: 'STATIC', role: 'a' }] },
  {
    ...cpus,
    role: 'a',
    reservation: { principal: 'p' },
    reservations: [{ type: 'DYNAMIC', role: 'a', principal: 'p' }],
  },
  { name: 'ports', type: 'RANGES', ranges: {} },
  {
    name: 'ports',
    type: 'RANGES',
    ranges: {
      range: [
        { begin: 3, end: 4 },
        { begin: 1, end: 2 },
      ],
    },
  },
  { name: 'disks', type: 'SET', set: { item: ['a'] } },
  { ...disk, disk: { persistence: { id: 'v' } }, shared: {} },
  { ...disk, disk: { source: { type: 'RAW', id: 'x' } } },
];

const invalid: readonly [string, Resource][] = [
  ['Empty resource name', { ...cpus, name: '' }],
  ['Unsupported resource type', { name: 'x', type: 'TEXT' }],
  ['Invalid scalar resource', { name: 'cpus', type: 'SCALAR' }],
  ['Invalid scalar resource', { ...cpus, set: {} }],
  ['Invalid scalar resource: value <= 0', { ...cpus, scalar: { value: -1 } }],
  ['Invalid scalar resource: value <= 0', { ...cpus, scalar: { value: 0.0004 } }],
  ['Invalid scalar resource: value is not a number up to 9007199254740', { ...cpus, scalar: { value: Number.NaN } }],
  ['Invalid scalar resource: value is not a number up to 9007199254740', { ...cpus, scalar: { value: 1e13 } }],
  ['Invalid ranges resource', { name: 'ports', type: 'RANGES', scalar: { value: 1 } }],
  [
    'Invalid ranges resource: begin > end',
    { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 2, end: 1 }] } },
  ],
  [
    'Invalid ranges resource: overlapping ranges',
    {
      name: 'ports',
      type: 'RANGES',
      ranges: {
        range: [
          { begin: 5, end: 8 },
          { begin: 1, end: 5 },
        ],
      },
    },
  ],
  [
    'Invalid ranges resource: bounds are not integers within 53 bits',
    { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 1, end: 2 ** 60 }] } },
  ],
  ['Invalid set resource', { name: 'disks', type: 'SET' }],
  ['Invalid set resource: duplicated elements', { name: 'disks', type: 'SET', set: { item: ['a', 'a'] } }],
  ['DiskInfo should not be set for cpus resource', { ...cpus, disk: {} }],
  ['Mount should not be set for RAW disk source', { ...disk, disk: { source: { type: 'RAW', mount: {} } } }],
  ['Path should not be set for BLOCK disk source', { ...disk, disk: { source: { type: 'BLOCK', path: {} } } }],
  [`Unsupported 'DiskInfo.Source.Type' in '{"type":"UNKNOWN"}'`, { ...disk, disk: { source: { type: 'UNKNOWN' } } }],
  ["Role component 'a b' is invalid because it contains backspace or whitespace", { ...cpus, role: 'a b' }],
  ['Invalid reservation: role "*" cannot be dynamically reserved', { ...cpus, reservation: {} }],
  [
    "'Resource.ReservationInfo.type' must not be set for the 'Resource.reservation' field",
    { ...cpus, role: 'r', reservation: { type: 'DYNAMIC' } },
  ],
  [
    "Invalid reservation: 'Resource.ReservationInfo.type' field must be set.",
    { ...cpus, reservations: [{ role: 'a' }] },
  ],
  [
    "Invalid reservation: 'Resource.ReservationInfo.role' field must be set.",
    { ...cpus, reservations: [{ type: 'STATIC' }] },
  ],
  ['Invalid reservation: role "*" cannot be reserved', { ...cpus, reservations: [{ type: 'STATIC', role: '*' }] }],
  [
    'Invalid refined reservation: A refined reservation cannot be STATIC',
    {
      ...cpus,
      reservations: [
        { type: 'STATIC', role: 'a' },
        { type: 'STATIC', role: 'a/b' },
      ],
    },
  ],
  [
    "Invalid refined reservation: role 'b' is not a refinement of 'a'",
    {
      ...cpus,
      reservations: [
        { type: 'STATIC', role: 'a' },
        { type: 'DYNAMIC', role: 'b' },
      ],
    },
  ],
  [
    "Invalid resource format: 'Resource.role' field with 'b' does not match the role 'a' in 'Resource.reservations'",
    { ...cpus, role: 'b', reservations: [{ type: 'STATIC', role: 'a' }] },
  ],
  [
    "Invalid resource format: 'Resource.role' must not be set if there is more than one reservation in 'Resource.reservations'",
    { ...cpus, role: 'a', reservations: refined },
  ],
  [
    "Invalid resource format: 'Resource.reservation' must not be set if there is more than one reservation in 'Resource.reservations'",
    { ...cpus, reservation: {}, reservations: refined },
  ],
  ["Unsupported 'Resource.ReservationInfo.Type'", { ...cpus, reservations: [{ type: 'UNKNOWN', role: 'a' }] }],
  ['Resource cpus cannot be shared', { ...cpus, shared: {} }],
  ['Only persistent volumes can be shared', { ...disk, shared: {} }],
];

test('valid resources are accepted', (t) => {
  for (const resource of valid) t.is(validateResource(resource), undefined, JSON.stringify(resource));
  t.is(validateResources(valid), undefined);
});

test('invalid resources are refused in the words of Mesos', (t) => {
  for (const [reason, resource] of invalid) t.is(validateResource(resource), reason, JSON.stringify(resource));
});

test('a list is refused with its first invalid resource', (t) => {
  t.is(
    validateResources([cpus, { ...cpus, scalar: { value: -1 } }]),
    "Resource 'cpus:-1' is invalid: Invalid scalar resource: value <= 0",
  );
});
