import test from 'ava';
import { ResourceQuantities, type FrameworkInfo, type Resources } from '@mesos-ts/protocol';
import { SeededRandom } from '@mesos-ts/libprocess';
import fc from 'fast-check';
import { defaultQuota } from '../../src/quota.ts';
import { must } from '../must.ts';
import type { Allocator } from '../../src/index.ts';
import type { AgentExplanation } from '../../src/allocator/explain.ts';
import { addAgent, allocatorOf } from './allocator-of.ts';
import { resources } from '../resources.ts';

function addFramework(allocator: Allocator, frameworkId: string, roles: readonly string[] = ['web']): void {
  const capabilities = [{ type: 'MULTI_ROLE' as const }];
  const info: FrameworkInfo = { user: 'u', name: frameworkId, roles: [...roles], capabilities };
  allocator.apply({ type: 'add-framework', frameworkId, info, suppressedRoles: [] }, 0);
  allocator.apply({ type: 'activate-framework', frameworkId }, 0);
}

function explain(allocator: Allocator, wanted?: string, nowMs = 0): AgentExplanation {
  const [role] = rolesOf(allocator, 'F0', wanted === undefined ? undefined : resources(wanted), nowMs);
  return must(must(role).agents[0]);
}

function rolesOf(
  allocator: Allocator,
  frameworkId: string,
  wanted?: Resources,
  nowMs = 0,
): ReturnType<Allocator['explain']>['frameworks'] {
  const question = { frameworkIds: [frameworkId], role: undefined, imaginaryRole: undefined, wanted };
  return allocator.explain(question, nowMs).frameworks;
}

function kinds({ hindrances }: AgentExplanation): string[] {
  return hindrances.map(({ type }) => type);
}

test('an agent that is free and large enough fits', (t) => {
  const allocator = allocatorOf('cpus:0.1');
  addAgent(allocator, 'S0', 'cpus:2;mem:64');
  addFramework(allocator, 'F0');
  const { fit, hindrances, missing } = explain(allocator, 'cpus:1;mem:64');
  t.is(fit, 'FITS');
  t.deepEqual(hindrances, []);
  t.true(missing.isEmpty());
});

test('what others hold makes an agent busy, and how much must become free is told', (t) => {
  const allocator = allocatorOf();
  addAgent(allocator, 'S0', 'cpus:2;mem:64;ports:[1-10]');
  addFramework(allocator, 'F1');
  allocator.allocate('all', 0, () => 0);
  addFramework(allocator, 'F0');
  const explanation = explain(allocator, 'cpus:1;ports:[1-3]');
  t.is(explanation.fit, 'BUSY');
  t.deepEqual(kinds(explanation), ['IN_USE', 'BELOW_MINIMUM']);
  t.deepEqual(explanation.missing.toObject(), { cpus: 1, ports: 3 });
  t.true(explanation.missingEver.isEmpty());
});

test('an agent that could never hold it is too small, and says by how much', (t) => {
  const allocator = allocatorOf();
  addAgent(allocator, 'S0', 'cpus:2;mem:64');
  addFramework(allocator, 'F0');
  const { fit, missingEver } = explain(allocator, 'cpus:3;mem:100;gpus:1');
  t.is(fit, 'TOO_SMALL');
  t.deepEqual(missingEver.toObject(), { cpus: 1, gpus: 1, mem: 36 });
});

test('a port that the agent does not have makes it too small, though it has as many ports', (t) => {
  const allocator = allocatorOf();
  addAgent(allocator, 'S0', 'ports:[1-10]');
  addFramework(allocator, 'F0');
  t.is(explain(allocator, 'ports:[11-12]').fit, 'TOO_SMALL');
  t.is(explain(allocator, 'ports:[9-10]').fit, 'FITS');
});

test('a refusal is told with the time that is left of it, and is over when it is', (t) => {
  const allocator = allocatorOf();
  addAgent(allocator, 'S0', 'cpus:2');
  addFramework(allocator, 'F0');
  const [allocation] = allocator.allocate('all', 0, () => 0);
  const { resources: offered } = must(must(allocation).offers[0]);
  allocator.apply(
    { type: 'recover', frameworkId: 'F0', agentId: 'S0', resources: offered, filters: { refuse_seconds: 10 } },
    0,
  );
  const refused = explain(allocator, 'cpus:1', 4_000);
  t.is(refused.fit, 'HINDERED');
  t.deepEqual(refused.hindrances, [{ type: 'REFUSED', remainingMs: 6_000 }]);
  t.is(explain(allocator, 'cpus:1', 10_000).fit, 'FITS');
});

test('what is reserved for another role, or not understood, is told apart from what is in use', (t) => {
  const allocator = allocatorOf();
  addAgent(allocator, 'S0', 'cpus(ads):2;cpus:1;mem:64');
  addFramework(allocator, 'F0');
  const explanation = explain(allocator, 'cpus:2');
  t.is(explanation.fit, 'TOO_SMALL');
  t.deepEqual(explanation.hindrances, [{ type: 'RESERVED', resources: resources('cpus(ads):2') }]);
  t.is(explanation.free.toString(), 'cpus:1; mem:64');
});

test('GPUs, old agents and agents that are away hinder whatever there is', (t) => {
  const allocator = allocatorOf();
  addAgent(allocator, 'S0', 'cpus:2;gpus:1');
  addFramework(allocator, 'F0', ['web/front']);
  allocator.apply({ type: 'deactivate-agent', agentId: 'S0' }, 0);
  const explanation = explain(allocator);
  t.is(explanation.fit, 'HINDERED');
  t.deepEqual(kinds(explanation), ['AGENT_INACTIVE', 'AGENT_HAS_GPUS']);
});

test('less than the minimum is no offer, and the minimum is told', (t) => {
  const allocator = allocatorOf('cpus:1;mem:32');
  addAgent(allocator, 'S0', 'cpus:0.5;mem:64');
  addFramework(allocator, 'F0');
  const explanation = explain(allocator);
  t.is(explanation.fit, 'TOO_SMALL');
  t.deepEqual(kinds(explanation), ['BELOW_MINIMUM']);
  t.deepEqual(explanation.missing, ResourceQuantities.fromScalars({ cpus: 0.5 }));
});

test('what a limit of the role does not allow, or is kept free for guarantees of others, hinders', (t) => {
  const allocator = allocatorOf('cpus:1');
  addAgent(allocator, 'S0', 'cpus:4;mem:64');
  addFramework(allocator, 'F0');
  const limits = new Map([['cpus', 2000]]);
  allocator.apply({ type: 'update-quota', role: 'web', quota: { guarantees: ResourceQuantities.empty, limits } }, 0);
  t.is(explain(allocator, 'cpus:2').fit, 'FITS');
  const limited = explain(allocator, 'cpus:3');
  t.is(limited.fit, 'HINDERED');
  t.deepEqual(limited.hindrances, [{ type: 'QUOTA_LIMIT', resources: resources('cpus:2') }]);
  const guarantees = ResourceQuantities.fromScalars({ cpus: 4 });
  allocator.apply({ type: 'update-quota', role: 'web', quota: defaultQuota }, 0);
  allocator.apply({ type: 'update-quota', role: 'ads', quota: { guarantees, limits: new Map() } }, 0);
  t.deepEqual(explain(allocator).hindrances, [{ type: 'HEADROOM', resources: resources('cpus:4') }]);
  t.is(explain(allocator).fit, 'HINDERED');
});

test('suppressed roles, schedulers that are away and places in the order are told', (t) => {
  const allocator = allocatorOf();
  addAgent(allocator, 'S0', 'cpus:2');
  addFramework(allocator, 'F0', ['ads', 'web']);
  addFramework(allocator, 'F1', ['ads']);
  allocator.apply({ type: 'suppress', frameworkId: 'F0', roles: ['web'] }, 0);
  const [ads, web] = rolesOf(allocator, 'F0');
  t.like(ads, { role: 'ads', suppressed: false, active: true, frameworkTurn: { place: 1, of: 2, share: 0 } });
  t.like(web, { role: 'web', suppressed: true, active: true, frameworkTurn: undefined });
  allocator.apply({ type: 'deactivate-framework', frameworkId: 'F0' }, 0);
  t.false(must(rolesOf(allocator, 'F0')[0]).active);
  t.deepEqual(rolesOf(allocator, 'F9'), []);
});

test('whatever fits is offered, and what is offered did fit: the explanation and the allocator are of one mind', (t) => {
  const amount = fc.integer({ min: 0, max: 4 });
  const agent = fc.record({ cpus: amount, gpus: fc.integer({ min: 0, max: 1 }), reserved: amount, used: fc.boolean() });
  fc.assert(
    fc.property(fc.array(agent, { minLength: 1, maxLength: 5 }), fc.integer(), (agents, seed) => {
      const allocator = allocatorOf('cpus:1');
      const random = new SeededRandom(seed);
      addFramework(allocator, 'F1', ['*']);
      for (const [index, { cpus, gpus, reserved, used }] of agents.entries()) {
        const parts = [`cpus:${cpus + 0.5}`, `gpus:${gpus}`, `cpus(ads):${reserved + 0.5}`, 'mem:1'];
        addAgent(allocator, `S${index}`, parts.join(';'));
        if (used) allocator.allocate([`S${index}`], 0, () => random.next());
      }
      allocator.apply({ type: 'suppress', frameworkId: 'F1', roles: [] }, 0);
      addFramework(allocator, 'F0');
      const fitting = must(rolesOf(allocator, 'F0')[0]).agents.filter(({ fit }) => fit === 'FITS');
      const offered = allocator.allocate('all', 0, () => random.next()).flatMap(({ offers }) => offers);
      t.deepEqual(fitting.map(({ agentId }) => agentId).toSorted(), offered.map(({ agentId }) => agentId).toSorted());
    }),
  );
});
