import test from 'ava';
import fc from 'fast-check';
import { rulesFor } from '../../../src/authorization/local/rules.ts';
import type { Acl, Entity } from '../../../src/authorization/local/acls.ts';

/**
 * The same decision, said as Mesos's documentation says it: a request has a subject and an object, each SOME or ANY; a rule is looked at
 * for whether it is about both, and then for whether it allows both.
 */
function decide(
  acls: readonly Acl[],
  principal: string | undefined,
  object: string | undefined,
  { isRoles, permissive }: { isRoles: boolean; permissive: boolean },
): boolean {
  for (const acl of acls) {
    const covered = isRoles ? withBelow(acl.objects, object) : acl.objects;
    if (!isAbout(acl.principals, principal) || !isAbout(covered, object)) continue;
    return isAllowedBy(acl.principals, principal) && isAllowedBy(covered, object);
  }
  return permissive;
}

/** A list of roles with the asked one added if it is below one that is written so. */
function withBelow(entity: Entity, object: string | undefined): Entity {
  if (entity.type !== 'SOME' || object === undefined) return entity;
  const plain = entity.values.filter((value) => !value.endsWith('/%'));
  const isBelow = entity.values.some((value) => value.endsWith('/%') && object.startsWith(value.slice(0, -1)));
  return { type: 'SOME', values: isBelow ? [...plain, object] : plain };
}

function isAbout(entity: Entity, name: string | undefined): boolean {
  if (entity.type !== 'SOME') return true;
  return name !== undefined && entity.values.includes(name);
}

function isAllowedBy(entity: Entity, name: string | undefined): boolean {
  if (entity.type === 'ANY') return true;
  return entity.type === 'SOME' && name !== undefined && entity.values.includes(name);
}

const name = fc.constantFrom('a', 'b', 'a/x', 'a/x/y', 'b/x');
const entity = (value: fc.Arbitrary<string>): fc.Arbitrary<Entity> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ type: fc.constant('SOME' as const), values: fc.array(value, { maxLength: 3 }) }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('ANY' as const, 'NONE' as const) }) },
  );
const acls = fc.array(
  fc.record({
    principals: entity(fc.constantFrom('ann', 'ben')),
    objects: entity(fc.oneof(name, fc.constantFrom('a/%', 'a/x/%', 'b/%'))),
  }),
  { maxLength: 6 },
);

test('prepared rules decide as a list of rules that is gone through one by one', (t) => {
  const principal = fc.constantFrom('ann', 'ben', 'eve', undefined);
  const object = fc.option(fc.oneof(name, fc.constant('a/%')), { nil: undefined });
  fc.assert(
    fc.property(acls, principal, object, fc.boolean(), fc.boolean(), (list, who, what, isRoles, permissive) => {
      const options = { isRoles, permissive };
      t.is(rulesFor(list, who, options).allows(what), decide(list, who, what, options));
    }),
    { numRuns: 3_000 },
  );
});

const ann: Entity = { type: 'SOME', values: ['ann'] };
const everything: Entity = { type: 'ANY' };
const none: Entity = { type: 'NONE' };
const some = (...values: string[]): Entity => ({ type: 'SOME', values });

test('the first rule about principal and object decides, and permissive where there is none', (t) => {
  const options = { isRoles: false, permissive: true };
  const list = [
    { principals: ann, objects: some('root') },
    { principals: none, objects: some('root') },
    { principals: ann, objects: none },
  ];
  t.true(rulesFor(list, 'ann', options).allows('root'));
  t.false(rulesFor(list, 'ann', options).allows('ben'));
  t.false(rulesFor(list, 'ben', options).allows('root'));
  t.true(rulesFor(list, 'ben', options).allows('ben'));
  t.false(rulesFor(list, 'ben', { ...options, permissive: false }).allows('ben'));
});

test('whom nobody has asked is about ANY and NONE alone', (t) => {
  const options = { isRoles: false, permissive: false };
  t.false(rulesFor([{ principals: ann, objects: everything }], undefined, options).allows('x'));
  t.true(rulesFor([{ principals: everything, objects: everything }], undefined, options).allows('x'));
  t.false(
    rulesFor([{ principals: none, objects: everything }], undefined, { ...options, permissive: true }).allows('x'),
  );
});

test('a role with a percent sign stands for all below it and not for itself', (t) => {
  const rules = rulesFor([{ principals: everything, objects: some('a/%') }], 'ann', {
    isRoles: true,
    permissive: false,
  });
  t.deepEqual(
    ['a', 'a/b', 'a/b/c', 'ab', 'b'].map((role) => rules.allows(role)),
    [false, true, true, false, false],
  );
  const users = rulesFor([{ principals: everything, objects: some('a/%') }], 'ann', {
    isRoles: false,
    permissive: false,
  });
  t.false(users.allows('a/b'));
  t.true(users.allows('a/%'));
});
