import test from 'ava';
import {
  readOfferConstraints,
  type AgentTraits,
  type OfferConstraintsFilter,
} from '../../src/allocator/offer-constraints.ts';
import { defaultRegexLimits } from '../../src/allocator/regex.ts';
import { TestCluster } from '../../src/testing/index.ts';
import type {
  SchedulerAttributeConstraint,
  SchedulerAttributeConstraint_Predicate,
  SchedulerOfferConstraints,
  Parsed,
} from '@mesos-ts/protocol';

const agent: AgentTraits = {
  hostname: 'host-1',
  attributes: [
    { name: 'rack', type: 'TEXT', text: { value: 'r1' } },
    { name: 'cores', type: 'SCALAR', scalar: { value: 8 } },
  ],
  domain: { fault_domain: { region: { name: 'north' }, zone: { name: 'z1' } } },
};

function on(name: string, predicate: SchedulerAttributeConstraint_Predicate): SchedulerAttributeConstraint {
  return { selector: { attribute_name: name }, predicate };
}

function of(role: string, ...groups: SchedulerAttributeConstraint[][]): SchedulerOfferConstraints {
  return {
    role_constraints: { [role]: { groups: groups.map((attribute_constraints) => ({ attribute_constraints })) } },
  };
}

function read(constraints: SchedulerOfferConstraints): Parsed<OfferConstraintsFilter> {
  return readOfferConstraints(constraints, defaultRegexLimits);
}

/** Whether the agent is wanted. */
function wants(constraints: SchedulerOfferConstraints, role = 'r'): boolean {
  const { error, value } = read(constraints);
  if (value === undefined) throw new Error(error);
  return !value(role, agent);
}

const equals = (value: string): SchedulerAttributeConstraint_Predicate => ({ text_equals: { value } });
const differs = (value: string): SchedulerAttributeConstraint_Predicate => ({ text_not_equals: { value } });

test('an attribute is asked for by its name: whether it is there, and what text it is', (t) => {
  const cases: readonly [string, SchedulerAttributeConstraint_Predicate, boolean][] = [
    ['rack', { exists: {} }, true],
    ['shelf', { exists: {} }, false],
    ['rack', { not_exists: {} }, false],
    ['shelf', { not_exists: {} }, true],
    ['rack', equals('r1'), true],
    ['rack', equals('r2'), false],
    ['shelf', equals('r1'), false],
    ['rack', differs('r1'), false],
    ['rack', differs('r2'), true],
    ['shelf', differs('r1'), true],
  ];
  for (const [name, predicate, expected] of cases) {
    t.is(wants(of('r', [on(name, predicate)])), expected, `${name} ${JSON.stringify(predicate)}`);
  }
});

test('what is asked of a text holds for an attribute that is none, as in Mesos', (t) => {
  t.true(wants(of('r', [on('cores', equals('8'))])));
  t.true(wants(of('r', [on('cores', differs('8'))])));
});

test('a text is held against a regular expression as a whole; other attributes are not compared', (t) => {
  const cases: readonly [string, SchedulerAttributeConstraint_Predicate, boolean][] = [
    ['rack', { text_matches: { regex: 'r[0-9]' } }, true],
    ['rack', { text_matches: { regex: '[a-z]' } }, false],
    ['rack', { text_matches: { regex: '(?i)R1' } }, true],
    ['shelf', { text_matches: { regex: '.*' } }, false],
    ['cores', { text_matches: { regex: 'x' } }, true],
    ['rack', { text_not_matches: { regex: 'r[0-9]' } }, false],
    ['rack', { text_not_matches: { regex: '[a-z]' } }, true],
    ['shelf', { text_not_matches: { regex: '.*' } }, true],
    ['cores', { text_not_matches: { regex: 'x' } }, true],
  ];
  for (const [name, predicate, expected] of cases) {
    t.is(wants(of('r', [on(name, predicate)])), expected, `${name} ${JSON.stringify(predicate)}`);
  }
  const hostname = { pseudoattribute_type: 'HOSTNAME' } as const;
  t.true(wants(of('r', [{ selector: hostname, predicate: { text_matches: { regex: 'host-\\d+' } } }])));
  t.false(wants(of('r', [{ selector: hostname, predicate: { text_not_matches: { regex: 'host-\\d+' } } }])));
});

test('host name, region and zone can be asked for like attributes', (t) => {
  const cases = [
    ['HOSTNAME', 'host-1'],
    ['REGION', 'north'],
    ['ZONE', 'z1'],
  ] as const;
  for (const [pseudoattribute_type, value] of cases) {
    t.true(wants(of('r', [{ selector: { pseudoattribute_type }, predicate: equals(value) }])));
    t.false(wants(of('r', [{ selector: { pseudoattribute_type }, predicate: equals('other') }])));
  }
  const filter = read(of('r', [{ selector: { pseudoattribute_type: 'ZONE' }, predicate: { exists: {} } }]));
  t.true(filter.value?.('r', { hostname: 'h' }), 'an agent without a domain has no zone');
});

test('all constraints of one group have to hold; in other roles every agent is wanted', (t) => {
  const rack = on('rack', equals('r1'));
  const other = on('rack', equals('r2'));
  t.true(wants(of('r', [rack, on('cores', { exists: {} })])));
  t.false(wants(of('r', [rack, other])));
  t.true(wants(of('r', [other], [rack])));
  t.true(wants(of('r', [other]), 'another'));
  t.true(wants({}));
});

test('constraints that mean nothing are refused in the words of Mesos', (t) => {
  const bad = (constraint: SchedulerAttributeConstraint): string | undefined => read(of('r', [constraint])).error;
  const prefix = "A role r has an invalid 'AttributeConstraint':";
  t.is(read(of('r')).error, "'OfferConstraints::role_constraints' has an empty 'RoleConstraints::groups' for role r");
  t.is(
    read(of('r', [])).error,
    "'OfferConstraints::RoleConstraints::groups' for role rcontains an empty RoleConstraints::Group",
  );
  t.regex(bad({ selector: {}, predicate: { exists: {} } }) ?? '', /Exactly one of .* must be set$/);
  t.is(
    bad({ selector: { pseudoattribute_type: 'UNKNOWN' }, predicate: { exists: {} } }),
    `${prefix} Unknown pseudoattribute type`,
  );
  t.is(bad(on('a', {})), `${prefix} Unknown predicate type`);
  const pattern = "Failed to construct regex from pattern '[a-d': missing ]: [a-d";
  t.is(bad(on('a', { text_matches: { regex: '[a-d' } })), `${prefix} ${pattern}`);
  t.is(bad(on('a', { text_not_matches: { regex: '[a-d' } })), `${prefix} ${pattern}`);
});

test('a framework is offered only agents that it wants, and says so of new ones when it updates itself', async (t) => {
  await using cluster = await TestCluster.start();
  const constraints = (hostname: string): SchedulerOfferConstraints =>
    of('*', [{ selector: { pseudoattribute_type: 'HOSTNAME' }, predicate: equals(hostname) }]);
  await cluster.agent({ hostname: 'a' });
  await cluster.agent({ hostname: 'b' });
  const scheduler = await cluster.httpScheduler({ subscribe: { offer_constraints: constraints('a') } });
  t.deepEqual(
    scheduler.offers.map(({ hostname }) => hostname),
    ['a'],
  );
  t.like(await cluster.get('/frameworks'), {
    frameworks: [{ offer_constraints: constraints('a') }],
  });
  const update = (offer_constraints: SchedulerOfferConstraints): Promise<{ status: number; text: string }> =>
    scheduler.call({
      type: 'UPDATE_FRAMEWORK',
      update_framework: { framework_info: scheduler.info, offer_constraints },
    });
  t.is((await update(constraints('b'))).status, 200);
  await cluster.clock.advance(1_000);
  t.deepEqual(
    scheduler.offers.map(({ hostname }) => hostname),
    ['a', 'b'],
  );
  const matching = (regex: string): SchedulerOfferConstraints =>
    of('*', [{ selector: { pseudoattribute_type: 'HOSTNAME' }, predicate: { text_matches: { regex } } }]);
  await cluster.agent({ hostname: 'abc' });
  t.is((await update(matching('a[b-d]+'))).status, 200);
  await cluster.clock.advance(1_000);
  t.deepEqual(
    scheduler.offers.map(({ hostname }) => hostname),
    ['a', 'b', 'abc'],
  );
  t.deepEqual(await update(matching('(a+){50}')), {
    status: 400,
    text:
      "'UpdateFramework' call is not valid: Offer constraints are not valid: A role * has an invalid " +
      "'AttributeConstraint': Regex '(a+){50}' is too complex: program size of 204 is larger than maximum of 100 allowed",
  });
  t.deepEqual(await update(of('*')), {
    status: 400,
    text:
      "'UpdateFramework' call is not valid: Offer constraints are not valid: " +
      "'OfferConstraints::role_constraints' has an empty 'RoleConstraints::groups' for role *",
  });
});

test('/allocator/offer_constraints_debug tells which agents are excluded from which roles, and which roles are suppressed', async (t) => {
  const acls = {
    permissive: true,
    view_frameworks: [
      { principals: { type: 'ANY' }, users: { type: 'SOME', values: ['seen'] } },
      { principals: { type: 'ANY' }, users: { type: 'NONE' } },
    ],
  };
  await using cluster = await TestCluster.start({ flags: { acls } });
  await cluster.agent({ hostname: 'a' });
  await cluster.agent({ hostname: 'b' });
  const capabilities = [{ type: 'MULTI_ROLE' as const }];
  const constraints = of('r', [{ selector: { pseudoattribute_type: 'HOSTNAME' }, predicate: equals('a') }]);
  const seen = await cluster.httpScheduler({
    info: { user: 'seen', roles: ['r', 's'], capabilities },
    subscribe: { offer_constraints: constraints, suppressed_roles: ['s'] },
  });
  await cluster.httpScheduler({ info: { user: 'hidden', roles: ['r'], capabilities } });
  const { body } = await cluster.runtime.inject({ url: '/allocator/offer_constraints_debug' });
  t.deepEqual(JSON.parse(body.toString()), {
    frameworks: {
      [seen.info.id?.value ?? '']: {
        suppressed_roles: ['s'],
        excluded_by_attribute_constraints: { r: ['M-S1'], s: [] },
      },
    },
  });
});
