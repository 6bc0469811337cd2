import test from 'ava';
import fc from 'fast-check';
import { aclTable } from '../../../src/authorization/local/acl-table.ts';
import { parseAcls } from '../../../src/authorization/local/acls.ts';

const any = { type: 'ANY' };

test('rules are read with the defaults of Mesos: permissive, SOME, and one value for a list', (t) => {
  const rule = { principals: { values: 'ann' }, users: { values: ['root', 'ann'] } };
  t.deepEqual(parseAcls({ run_tasks: [rule], view_tasks: null }).value, {
    permissive: true,
    rules: {
      run_tasks: [
        { principals: { type: 'SOME', values: ['ann'] }, objects: { type: 'SOME', values: ['root', 'ann'] } },
      ],
    },
  });
  t.false(parseAcls({ permissive: false }).value?.permissive);
});

test('every kind of rule is read with its own objects and refused with others', (t) => {
  for (const [name, { objects }] of Object.entries(aclTable)) {
    t.deepEqual(Object.keys(parseAcls({ [name]: [{ principals: any, [objects]: any }] }).value?.rules ?? {}), [name]);
    const wrong = objects === 'users' ? 'roles' : 'users';
    t.regex(parseAcls({ [name]: [{ principals: any, [wrong]: any }] }).error ?? '', /is not known: Expecting/);
  }
});

test('what cannot be meant is refused with its place', (t) => {
  const problems: readonly (readonly [unknown, string])[] = [
    [[], `'ACLs' must be an object, got []`],
    [{ permissive: 'no' }, `'permissive' must be true or false, got "no"`],
    [{ run_task: [] }, `'run_task' is no kind of ACLs`],
    [{ run_tasks: [{ users: any }] }, `'run_tasks[0].principals' is missing`],
    [{ run_tasks: [{ principals: any }] }, `'run_tasks[0].users' is missing`],
    [{ run_tasks: ['x'] }, `'run_tasks[0]' must be an object, got "x"`],
    [
      { run_tasks: [{ principals: { value: 'ann' }, users: any }] },
      `'run_tasks[0].principals.value' is not known: Expecting 'type' and 'values'`,
    ],
    [
      { run_tasks: [{ principals: { type: 'any' }, users: any }] },
      `'run_tasks[0].principals.type' must be SOME, ANY or NONE, got "any"`,
    ],
    [
      { run_tasks: [{ principals: { values: [1] }, users: any }] },
      `'run_tasks[0].principals.values[0]' must be a text, got 1`,
    ],
    [
      { view_flags: [{ principals: any, flags: { values: ['port'] } }] },
      `'view_flags[0].flags' must be of type ANY or NONE`,
    ],
    [
      { get_endpoints: [{ principals: any, paths: { values: ['/state'] } }] },
      `'get_endpoints[0].paths' has '/state', which is not an authorizable path`,
    ],
  ];
  for (const [json, error] of problems) t.is(parseAcls(json).error, error);
});

test('no JSON makes reading throw', (t) => {
  const entity = fc.oneof(fc.jsonValue(), fc.record({ type: fc.jsonValue(), values: fc.jsonValue() }));
  const rule = fc.oneof(fc.jsonValue(), fc.record({ principals: entity, users: entity }));
  const acls = fc.oneof(
    fc.jsonValue(),
    fc.record({ permissive: fc.jsonValue(), run_tasks: fc.oneof(rule, fc.array(rule)) }, { requiredKeys: [] }),
  );
  fc.assert(
    fc.property(acls, (json) => {
      const { error, value } = parseAcls(json);
      return (error === undefined) !== (value === undefined);
    }),
  );
  t.pass();
});
