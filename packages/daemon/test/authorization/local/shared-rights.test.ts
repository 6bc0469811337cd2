import test from 'ava';
import fc from 'fast-check';
import { aclTable, type AclName } from '../../../src/authorization/local/acl-table.ts';
import { LocalAuthorizer } from '../../../src/authorization/local/local-authorizer.ts';
import type { Principal } from '@mesos-ts/libprocess';
import type { FrameworkInfo } from '@mesos-ts/protocol';
import type { Acl, Acls, Entity } from '../../../src/authorization/local/acls.ts';
import type { Action, AuthorizationObject } from '../../../src/index.ts';

const names = ['ann', 'ben', 'cyd', 'dan', 'eve'];
const principals: readonly (Principal | undefined)[] = [undefined, ...names.map((value) => ({ value }))];
const objects = ['root', 'eng', 'eng/a', 'ops'];
const lists = [
  'view_frameworks',
  'view_tasks',
  'view_executors',
  'view_roles',
  'view_flags',
] as const satisfies AclName[];

function entity(of: readonly string[]): fc.Arbitrary<Entity> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.subarray([...of]).map((values) => ({ type: 'SOME' as const, values })) },
    { weight: 1, arbitrary: fc.constantFrom({ type: 'ANY' as const }, { type: 'NONE' as const }) },
  );
}

function rules(name: AclName): fc.Arbitrary<readonly Acl[]> {
  const what = aclTable[name].kind === 'all-or-none' ? entity([]) : entity([...objects, 'eng/%']);
  return fc.array(fc.record({ principals: entity(names), objects: what }), { maxLength: 4 });
}

const acls: fc.Arbitrary<Acls> = fc.record({
  permissive: fc.boolean(),
  rules: fc.record(Object.fromEntries(lists.map((name) => [name, rules(name)]))),
});

function frameworkOf(user: string): FrameworkInfo {
  return { user, name: 'f', roles: [user], capabilities: [{ type: 'MULTI_ROLE' }] };
}

const asked: readonly (readonly [Action, AuthorizationObject?])[] = objects.flatMap((user) => {
  const framework_info = frameworkOf(user);
  const executor_info = { executor_id: { value: 'e' }, command: { user, value: 'true' } };
  return [
    ['VIEW_FRAMEWORK', { framework_info }],
    ['VIEW_TASK', { framework_info, task: { user } }],
    ['VIEW_EXECUTOR', { framework_info, executor_info }],
    ['VIEW_ROLE', { value: user }],
    ['VIEW_FLAGS'],
  ] as const;
});

/** All that somebody may do, said by an authorizer that nobody has asked before. */
function verdicts(given: Acls, principal: Principal | undefined): string {
  const { approves } = new LocalAuthorizer(given).approvers(principal) as {
    readonly approves: (action: Action, object?: AuthorizationObject) => boolean;
  };
  return asked.map(([action, object]) => (approves(action, object) ? 'y' : 'n')).join('');
}

/** Whether a rule is about somebody. */
function isAbout({ principals: { type, ...rest } }: Acl, principal: Principal | undefined): boolean {
  if (type !== 'SOME') return true;
  const { values } = rest as { readonly values: readonly string[] };
  return principal?.value !== undefined && values.includes(principal.value);
}

test('two principals have the same approvers if and only if every rule treats them alike, and then they may do the same', (t) => {
  let shared = 0;
  let apart = 0;
  fc.assert(
    fc.property(acls, (given) => {
      const authorizer = new LocalAuthorizer(given);
      const all = Object.values(given.rules).flat();
      for (const one of principals) {
        for (const other of principals) {
          const areAlike = all.every((rule) => isAbout(rule, one) === isAbout(rule, other));
          const isShared = authorizer.approvers(one) === authorizer.approvers(other);
          t.is(isShared, areAlike);
          if (isShared) {
            t.is(verdicts(given, one), verdicts(given, other));
            shared++;
          } else {
            apart++;
          }
          // What is shared is what each would have alone, whoever came first.
          const { approves } = authorizer.approvers(one) as {
            readonly approves: (action: Action, object?: AuthorizationObject) => boolean;
          };
          t.is(asked.map(([action, object]) => (approves(action, object) ? 'y' : 'n')).join(''), verdicts(given, one));
        }
      }
    }),
    { numRuns: 150 },
  );
  // Both happen often enough to mean something.
  t.true(shared > 1000 && apart > 1000, `${shared} shared, ${apart} apart`);
});

test('whoever has claims alone shares with nobody whom rules are about, and with those of the same claims', (t) => {
  const authorizer = new LocalAuthorizer({ permissive: true, rules: {} });
  const executor = authorizer.approvers({ claims: { cid: 'c1', eid: 'e' } });
  t.not(executor, authorizer.approvers(undefined));
  t.not(executor, authorizer.approvers({ claims: { cid: 'c2' } }));
  t.not(executor, authorizer.approvers({ claims: { cid_prefix: 'c1' } }));
  t.is(executor, authorizer.approvers({ claims: { cid: 'c1' } }));
  t.false(executor.approves('VIEW_FRAMEWORK', { framework_info: frameworkOf('root') }));
});
