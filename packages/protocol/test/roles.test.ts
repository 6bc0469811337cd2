import test from 'ava';
import { isStrictSubroleOf, roleAncestors, validateRole } from '../src/index.ts';

test('names of roles are refused in the words of Mesos', (t) => {
  for (const role of ['*', 'web', 'eng/dev', '...', 'a.b', 'größe']) t.is(validateRole(role), undefined, role);
  const wrong: Record<string, string> = {
    '': 'Role names cannot be the empty string',
    '/a': "Role '/a' cannot start with a slash",
    'a/': "Role 'a/' cannot end with a slash",
    'a//b': "Role 'a//b' cannot contain two adjacent slashes",
    'a/.': "Role 'a/.' cannot include '.' as a component",
    '..': "Role '..' cannot include '..' as a component",
    'a/*': "Role 'a/*' cannot include '*' as a component",
    'a/-b': "Role component '-b' is invalid because it starts with a dash",
    'a b': "Role component 'a b' is invalid because it contains backspace or whitespace",
    'a\u007f': "Role component 'a\u007f' is invalid because it contains backspace or whitespace",
  };
  for (const [role, error] of Object.entries(wrong)) t.is(validateRole(role), error);
});

test('a role lies below another if it continues it after a slash', (t) => {
  t.true(isStrictSubroleOf('a/b', 'a'));
  t.true(isStrictSubroleOf('a/b/c', 'a'));
  for (const [role, ancestor] of [
    ['a', 'a'],
    ['ab', 'a'],
    ['a', 'a/b'],
    ['b/a', 'a'],
  ] as const)
    t.false(isStrictSubroleOf(role, ancestor));
});

test('the ancestors of a role are told from the nearest to the root', (t) => {
  t.deepEqual(roleAncestors('a/b/c'), ['a/b', 'a']);
  t.deepEqual(roleAncestors('a'), []);
});
