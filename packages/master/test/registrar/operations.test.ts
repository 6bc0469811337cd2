import test from 'ava';
import fc from 'fast-check';
import { emptyRegistry, readRegistry, RegistryDraft, RegistryWriter } from '../../src/registrar/contents.ts';
import { applyOperation, type RegistryOperation } from '../../src/registrar/operations.ts';
import { decode, encode, type QuotaConfig, type QuotaInfo, type Registry } from '@mesos-ts/protocol';
import { agentInfo, masterInfo } from './support.ts';
import type { RegistryContents } from '../../src/registrar/contents.ts';

const timeMs = 1_700_000_000_000;
const timestamp = { nanoseconds: timeMs * 1e6 };

/** The registry after some changes, and why those were refused that were. */
function after(
  before: RegistryContents,
  ...operations: readonly RegistryOperation[]
): { contents: RegistryContents; problems: string[] } {
  const draft = new RegistryDraft(before);
  const problems = operations
    .map((operation) => applyOperation(draft, operation))
    .filter((problem) => problem !== undefined);
  return { contents: draft.finish(), problems };
}

function ids({ agents, gone, unreachable }: RegistryContents): string {
  return [agents, unreachable, gone].map((list) => [...list.keys()].join(',')).join(' | ');
}

const capabilities = ({ rest }: RegistryContents): string[] =>
  (rest.minimum_capabilities ?? []).map(({ capability }) => capability);
const admit = (...agents: string[]): RegistryOperation[] =>
  agents.map((id) => ({ type: 'admit-agent', info: agentInfo(id) }));
const lose = (agentId: string): RegistryOperation => ({ type: 'mark-unreachable', agentId, timeMs });
const giveUp = (agentId: string): RegistryOperation => ({ type: 'mark-gone', agentId, timeMs });

test('agents are admitted once, in their order', (t) => {
  const { contents, problems } = after(emptyRegistry, ...admit('a', 'b', 'a'), lose('a'), ...admit('a'));
  t.is(ids(contents), 'b | a | ');
  t.deepEqual(problems, ['Agent a is admitted already', 'Agent a was admitted before']);
});

test('an admitted agent is updated in its place, with what else is known of it', (t) => {
  const info = agentInfo('a', { hostname: 'other' });
  const { contents } = after(
    emptyRegistry,
    ...admit('a', 'b'),
    { type: 'deactivate-agent', agentId: 'a' },
    { type: 'update-agent', info },
  );
  t.deepEqual([...contents.agents.values()][0], { info, deactivated: true });
  t.deepEqual(after(emptyRegistry, { type: 'update-agent', info }).problems, ['Agent a is not admitted']);
});

test('an agent becomes unreachable with the time, and reachable again with what it says then', (t) => {
  const lost = after(emptyRegistry, ...admit('a', 'b'), lose('a'));
  t.is(ids(lost.contents), 'b | a | ');
  t.deepEqual(lost.contents.unreachable.get('a'), { id: { value: 'a' }, timestamp });
  const info = agentInfo('a', { hostname: 'renamed' });
  const back = after(lost.contents, { type: 'mark-reachable', info });
  t.is(ids(back.contents), 'b,a |  | ');
  t.deepEqual(back.contents.agents.get('a'), { info });
  t.deepEqual(after(lost.contents, lose('a')).problems, ['Agent a is not admitted']);
});

test('an agent that is deactivated or drained stays so while it is unreachable and when it is back', (t) => {
  const drain_info = { state: 'DRAINING' as const, config: { mark_gone: true } };
  const before = {
    ...emptyRegistry,
    agents: new Map([['a', { info: agentInfo('a'), deactivated: true, drain_info }]]),
  };
  const lost = after(before, lose('a'));
  t.deepEqual(lost.contents.unreachable.get('a'), { id: { value: 'a' }, timestamp, deactivated: true, drain_info });
  const back = after(lost.contents, { type: 'mark-reachable', info: agentInfo('a') });
  t.deepEqual(back.contents.agents.get('a'), { info: agentInfo('a'), deactivated: true, drain_info });
  const active = after(back.contents, { type: 'reactivate-agent', agentId: 'a' });
  t.deepEqual(active.contents.agents.get('a'), { info: agentInfo('a') });
});

test('an agent that is admitted, or not known at all, may be marked reachable', (t) => {
  const { contents, problems } = after(
    emptyRegistry,
    ...admit('a'),
    { type: 'mark-reachable', info: agentInfo('a', { hostname: 'ignored' }) },
    { type: 'mark-reachable', info: agentInfo('pruned') },
  );
  t.is(ids(contents), 'a,pruned |  | ');
  t.is(contents.agents.get('a')?.info.hostname, 'host-of-a');
  t.deepEqual(problems, []);
});

test('admitted and unreachable agents can be given up, once, and others not', (t) => {
  const { contents, problems } = after(
    emptyRegistry,
    ...admit('a', 'b', 'c'),
    lose('b'),
    giveUp('a'),
    giveUp('b'),
    giveUp('b'),
    giveUp('nobody'),
    { type: 'mark-reachable', info: agentInfo('a') },
  );
  t.is(ids(contents), 'c |  | a,b');
  t.deepEqual(contents.gone.get('a'), { id: { value: 'a' }, timestamp });
  t.deepEqual(problems, ['Agent b is marked gone already', 'There is no agent nobody', 'Agent a is marked gone']);
});

test('an agent that leaves is removed; one that is not admitted cannot leave', (t) => {
  const leave: RegistryOperation = { type: 'remove-agent', agentId: 'a' };
  const { contents, problems } = after(emptyRegistry, ...admit('a', 'b'), leave, leave);
  t.is(ids(contents), 'b |  | ');
  t.deepEqual(problems, ['Agent a is not admitted']);
});

test('pruning forgets those that are still there and passes over the others', (t) => {
  const lost = after(emptyRegistry, ...admit('a', 'b', 'c'), lose('a'), lose('b'), giveUp('c'));
  const { contents, problems } = after(lost.contents, { type: 'prune', unreachable: ['b', 'back'], gone: ['c', 'a'] });
  t.is(ids(contents), ' | a | ');
  t.deepEqual(problems, []);
});

test('a master that deactivates an agent demands of its successors that they can, until the last is active again', (t) => {
  const lost = after(emptyRegistry, ...admit('a', 'b'), lose('b'));
  const both = after(
    lost.contents,
    { type: 'deactivate-agent', agentId: 'a' },
    { type: 'deactivate-agent', agentId: 'b' },
  ).contents;
  t.deepEqual(capabilities(both), ['AGENT_DRAINING']);
  const one = after(both, { type: 'reactivate-agent', agentId: 'a' }).contents;
  t.deepEqual(capabilities(one), ['AGENT_DRAINING']);
  const none = after(one, { type: 'reactivate-agent', agentId: 'b' }).contents;
  t.deepEqual(capabilities(none), []);
  t.deepEqual(
    after(none, { type: 'deactivate-agent', agentId: 'c' }, { type: 'reactivate-agent', agentId: 'c' }).problems,
    ['There is no agent c', 'There is no agent c'],
  );
});

test('weights are set role by role, and the master is the last that recovered', (t) => {
  const { contents } = after(
    emptyRegistry,
    { type: 'recover', master: masterInfo('M1') },
    {
      type: 'update-weights',
      weights: [
        { role: 'a', weight: 2 },
        { role: 'b', weight: 3 },
      ],
    },
    { type: 'update-weights', weights: [{ role: 'a', weight: 4 }] },
    { type: 'recover', master: masterInfo('M2') },
  );
  t.deepEqual(contents.rest, {
    master: { info: masterInfo('M2') },
    weights: [{ info: { role: 'a', weight: 4 } }, { info: { role: 'b', weight: 3 } }],
  });
});

const quota = (role: string, guaranteed: number, limit?: number): QuotaConfig => ({
  role,
  ...(guaranteed === 0 ? {} : { guarantees: { cpus: { value: guaranteed } } }),
  ...(limit === undefined ? {} : { limits: { cpus: { value: limit } } }),
});
const old = (role: string): { info: QuotaInfo } => ({
  info: { role, guarantee: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 1 } }] },
});
const setQuota = (...configs: QuotaConfig[]): RegistryOperation => ({ type: 'update-quota', configs });

test('quotas of roles are set in their places, and one that means nothing is none', (t) => {
  const set = after(emptyRegistry, setQuota(quota('a', 1), quota('b', 0, 2)), setQuota(quota('a', 3, 3)));
  t.deepEqual(set.contents.rest.quota_configs, [quota('a', 3, 3), quota('b', 0, 2)]);
  t.deepEqual(capabilities(set.contents), ['QUOTA_V2']);
  const nothing = { role: 'a', guarantees: { cpus: { value: 0 } } };
  t.deepEqual(after(set.contents, setQuota(nothing)).contents.rest.quota_configs, [quota('b', 0, 2)]);
});

test('a limit of nothing is a quota, and masters without QUOTA_V2 may lead again when there is none', (t) => {
  const { contents } = after(emptyRegistry, setQuota(quota('a', 0, 0)));
  t.deepEqual(contents.rest.quota_configs, [quota('a', 0, 0)]);
  t.deepEqual(after(contents, setQuota({ role: 'a' })).contents.rest, { minimum_capabilities: [] });
});

test('a quota of old gives way to the new one of its role, and others stay', (t) => {
  const before: RegistryContents = { ...emptyRegistry, rest: { quotas: [old('a'), old('b')] } };
  const { rest } = after(before, setQuota(quota('a', 2))).contents;
  t.deepEqual(rest.quotas, [old('b')]);
  t.deepEqual(rest.quota_configs, [quota('a', 2)]);
});

test('contents do not change when a draft of them does', (t) => {
  const before = after(emptyRegistry, ...admit('a', 'b'), lose('b'), ...admit('c'), giveUp('c')).contents;
  const text = JSON.stringify([ids(before), before.rest]);
  after(
    before,
    ...admit('d'),
    lose('a'),
    { type: 'prune', unreachable: ['b'], gone: ['c'] },
    {
      type: 'recover',
      master: masterInfo('M'),
    },
  );
  t.is(JSON.stringify([ids(before), before.rest]), text);
});

const agentId = fc.constantFrom('a', 'b', 'c', 'd');
const operation: fc.Arbitrary<RegistryOperation> = fc.oneof(
  agentId.map((id): RegistryOperation => ({ type: 'admit-agent', info: agentInfo(id) })),
  agentId.map((id): RegistryOperation => ({ type: 'update-agent', info: agentInfo(id, { hostname: 'other' }) })),
  agentId.map((id): RegistryOperation => ({ type: 'mark-reachable', info: agentInfo(id) })),
  agentId.map(lose),
  agentId.map(giveUp),
  agentId.map((id): RegistryOperation => ({ type: 'remove-agent', agentId: id })),
  agentId.map((id): RegistryOperation => ({ type: 'deactivate-agent', agentId: id })),
  agentId.map((id): RegistryOperation => ({ type: 'reactivate-agent', agentId: id })),
  agentId.map((id): RegistryOperation => ({ type: 'prune', unreachable: [id], gone: [id] })),
  fc.constant<RegistryOperation>({ type: 'update-weights', weights: [{ role: 'eng', weight: 2.5 }] }),
  fc.integer({ min: 0, max: 2 }).map((cpus) => setQuota(quota('eng', cpus))),
  fc.constant<RegistryOperation>({ type: 'recover', master: masterInfo('M') }),
);

test('whatever happens to it, an agent is in one list at most, and what is refused changes nothing', (t) => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
      let contents = emptyRegistry;
      for (const each of operations) {
        const { contents: next, problems } = after(contents, each);
        if (problems.length > 0) t.is(ids(next), ids(contents));
        const all = [...next.agents.keys(), ...next.unreachable.keys(), ...next.gone.keys()];
        t.is(new Set(all).size, all.length);
        contents = next;
      }
    }),
  );
});

test('what is written is read back, and is a Registry to whoever reads protobuf', (t) => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
      const writer = new RegistryWriter();
      let contents = emptyRegistry;
      for (const each of operations) {
        contents = after(contents, each).contents;
        const bytes = writer.write(contents);
        const read = readRegistry(bytes);
        t.deepEqual([...read.agents], [...contents.agents]);
        t.deepEqual([...read.unreachable], [...contents.unreachable]);
        t.deepEqual([...read.gone], [...contents.gone]);
        const message: Registry = decode('mesos.internal.Registry', bytes);
        t.deepEqual(decode('mesos.internal.Registry', encode('mesos.internal.Registry', message)), message);
      }
    }),
  );
});
