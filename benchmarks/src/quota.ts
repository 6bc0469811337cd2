import { parseResources, ResourceQuantities, type Resources } from '@mesos-ts/protocol';
import { SeededRandom } from '@mesos-ts/libprocess';
import { Allocator, type Allocation } from '@mesos-ts/master';
import { clock } from './measure.ts';
import type { Bound, Suite } from './benchmark.ts';

/** A cluster of agents that are alike, and frameworks, each in a role. */
interface Case {
  readonly agents: number;
  /** The quota of each role, which is guaranteed and the limit; none without. */
  readonly roles: readonly (string | undefined)[];
  readonly frameworksPerRole: number;
}

/** Apache Mesos's LargeAndSmallQuota: of six roles one has the quota of two agents, five have that of half an agent each. */
function largeAndSmall(roles: number): Case {
  const large = roles / 6;
  return {
    agents: roles,
    roles: Array.from({ length: roles }, (_, i) =>
      i < roles - large ? 'cpus:1;mem:1024;disk:1024' : 'cpus:4;mem:4096;disk:4096',
    ),
    frameworksPerRole: 1,
  };
}

/** Apache Mesos's NonQuotaVsQuota: the same offers are made with and without quotas, of two whole agents for each role. */
function nonQuotaVsQuota(roles: number, hasQuota: boolean): Case {
  const quota = hasQuota ? 'cpus:4;mem:4096;disk:4096' : undefined;
  return { agents: roles * 2, roles: Array.from({ length: roles }, () => quota), frameworksPerRole: 2 };
}

/** How long each part of a run took, in milliseconds. */
interface Times {
  readonly addFrameworks: number;
  /** Everything that can be offered is. */
  readonly offers: number;
  /** Nothing has changed since. */
  readonly nothing: number;
  /** One offer was declined, and the agents have to be looked at again. */
  readonly changed: number;
}

const warmUps = 10;

const agentResources = resources('cpus:2;mem:2048;disk:2048');

function run({ agents, frameworksPerRole, roles }: Case): Times {
  const allocator = new Allocator({
    allocationIntervalMs: 1000,
    filterGpuResources: true,
    minAllocatable: [ResourceQuantities.fromScalars({ cpus: 0.01 }), ResourceQuantities.fromScalars({ mem: 32 })],
  });
  const random = new SeededRandom(1);
  const allocate = (): Allocation[] => allocator.allocate('all', 0, () => random.next());
  for (let i = 0; i < agents; i++) {
    const agent = {
      agentId: `agent-${i}`,
      capabilities: new Set(['MULTI_ROLE', 'HIERARCHICAL_ROLE', 'RESERVATION_REFINEMENT'] as const),
      total: agentResources,
      used: new Map<string, Resources>(),
      incarnation: 0,
    };
    allocator.apply({ type: 'add-agent', agent }, 0);
  }
  const addFrameworks = timed(() => {
    for (const i of roles.keys()) {
      for (let j = 0; j < frameworksPerRole; j++) {
        const frameworkId = `framework-${i}-${j}`;
        const info = {
          user: 'u',
          name: frameworkId,
          roles: [`role${i}`],
          capabilities: [{ type: 'MULTI_ROLE' as const }],
        };
        allocator.apply({ type: 'add-framework', frameworkId, info, suppressedRoles: [] }, 0);
        allocator.apply({ type: 'activate-framework', frameworkId }, 0);
      }
    }
  });
  for (const [i, quota] of roles.entries()) {
    if (quota === undefined) continue;
    const guarantees = resources(quota).scalarQuantities;
    allocator.apply(
      { type: 'update-quota', role: `role${i}`, quota: { guarantees, limits: new Map(guarantees.entries()) } },
      0,
    );
  }
  let made: Allocation[] = [];
  const offers = timed(() => {
    made = allocate();
  });
  const nothing = timed(() => {
    if (allocate().length > 0) throw new Error('Something was offered twice');
  });
  const [first] = made;
  const [offer] = first?.offers ?? [];
  if (first === undefined || offer === undefined) throw new Error('Nothing was offered');
  allocator.apply(
    { type: 'recover', frameworkId: first.frameworkId, agentId: offer.agentId, resources: offer.resources },
    0,
  );
  const changed = timed(allocate);
  return { addFrameworks, offers, nothing, changed };
}

function timed(work: () => void): number {
  const start = clock();
  work();
  return clock() - start;
}

function resources(text: string): Resources {
  const { error, value } = parseResources(text);
  if (error !== undefined) throw new TypeError(error);
  return value;
}

const titles: Readonly<Record<keyof Times, string>> = {
  addFrameworks: 'frameworks are added',
  offers: 'a run that makes offers',
  nothing: 'a run with nothing to give',
  changed: 'a run after an offer was declined',
};

function bounds(name: string, setting: Case, atMost: Partial<Record<keyof Times, number>>): Bound[] {
  return Object.entries(atMost).map(([part, most]) => ({
    name: `${name}: ${titles[part as keyof Times]}`,
    unit: 'ms',
    atMost: most,
    sample: () => Promise.resolve(run(setting)[part as keyof Times]),
  }));
}

/** The allocator where roles have quotas: the cases of Apache Mesos's `hierarchical_allocator_benchmarks`. */
export const quota: Suite = {
  name: 'quota',
  start: () => {
    // A master that has run for a while has its code compiled.
    for (let i = 0; i < warmUps; i++) run(largeAndSmall(300));
    for (let i = 0; i < warmUps; i++) run(nonQuotaVsQuota(100, i % 2 === 0));
    return Promise.resolve({
      benchmarks: [
        ...bounds('LargeAndSmallQuota 300', largeAndSmall(300), { offers: 25, nothing: 5, changed: 25 }),
        ...bounds('LargeAndSmallQuota 30', largeAndSmall(30), { offers: 2, nothing: 0.5, changed: 2 }),
        ...bounds('LargeAndSmallQuota 3000', largeAndSmall(3000), {
          addFrameworks: 1000,
          offers: 1000,
          nothing: 50,
          changed: 50,
        }),
        ...bounds('NonQuotaVsQuota 100 roles, without', nonQuotaVsQuota(100, false), { offers: 5 }),
        ...bounds('NonQuotaVsQuota 100 roles, with', nonQuotaVsQuota(100, true), { offers: 5 }),
      ],
      stop: () => Promise.resolve(),
    });
  },
};
