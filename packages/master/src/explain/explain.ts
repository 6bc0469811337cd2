/** EXPLAIN and CAN_PLACE: why tasks do not start, and whether they could. */
import { Resources, topLevelRole, validateResources, validateRole } from '@mesos-ts/protocol';
import { isQuotaResource } from '../allocator/records.ts';
import { quotaOf } from '../quota.ts';
import {
  frameworkExplanation,
  heldBackMessage,
  roleExplanation,
  roleLedger,
  type ExplanationOptions,
} from './explanation.ts';
import type { Approvers } from '@mesos-ts/daemon';
import type {
  MasterCall_CanPlace,
  MasterCall_Explain,
  MasterResponse_CanPlace,
  MasterResponse_Explain,
} from '@mesos-ts/protocol';
import type { ExplainAnswer, ExplainQuestion, RoleExplanation } from '../allocator/explain.ts';
import type { Cluster } from '../state/cluster.ts';
import type { FrameworkRecord } from '../state/framework.ts';

/** How many agents are told of in each role unless the call says otherwise. */
const defaultAgentsMax = 10;

/** How many frameworks of a role are told of: each costs a look at every agent. */
const frameworksMax = 10;

/** What explanations are made of. */
export interface ExplainContext {
  readonly cluster: Cluster;
  readonly approvers: Approvers;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
  readonly ask: (question: ExplainQuestion) => Promise<ExplainAnswer>;
}

/** An answer, or why there is none, with the HTTP status of that. */
export type Explained<T> = { readonly value: T } | { readonly status: 400 | 404; readonly error: string };

/** What a framework, or the frameworks of a role, wait for. */
export async function explain(
  call: MasterCall_Explain,
  context: ExplainContext,
): Promise<Explained<MasterResponse_Explain>> {
  const { framework_id, role } = call;
  if ((framework_id === undefined) === (role === undefined)) {
    return { status: 400, error: "Expecting either 'framework_id' or 'role' to be present" };
  }
  const chosen = choose(context, framework_id?.value, role, 'ended too');
  if ('error' in chosen) return chosen;
  const frameworkIds = idsOf(chosen.value);
  const answer = await context.ask({ frameworkIds, role, imaginaryRole: undefined, wanted: undefined });
  const options = optionsOf(call, context, answer, undefined);
  const { cluster } = context;
  return {
    value: {
      frameworks: tell(chosen.value, answer, role, options),
      frameworks_left_out: chosen.leftOut,
      ...(role === undefined || framework_id !== undefined
        ? {}
        : { role: roleLedger(role, answer.role, cluster.offerBook.role(role), seesById(context), options) }),
      everybody: answer.everybody.map((held) => heldBackMessage(held, options)),
      held_back_forgotten: answer.forgotten,
    },
  };
}

/** Whether resources could be had for a task: by a framework, by those of a role, or by any that could come to the role. */
export async function canPlace(
  call: MasterCall_CanPlace,
  context: ExplainContext,
): Promise<Explained<MasterResponse_CanPlace>> {
  const { framework_id, role = framework_id === undefined ? '*' : undefined } = call;
  const resources = call.resources ?? [];
  if (resources.length === 0) return { status: 400, error: "Expecting 'resources' to be present" };
  const error = validateResources(resources);
  if (error !== undefined) return { status: 400, error: `Invalid resources: ${error}` };
  const wanted = Resources.of(resources).unallocate();
  const chosen = choose(context, framework_id?.value, role, 'present only');
  if ('error' in chosen) return chosen;
  const imaginaryRole = framework_id === undefined ? role : undefined;
  const answer = await context.ask({ frameworkIds: idsOf(chosen.value), role: undefined, imaginaryRole, wanted });
  const options = optionsOf(call, context, answer, wanted);
  const { imaginary } = answer;
  const considered = answer.frameworks.filter((one) => role === undefined || one.role === role);
  return {
    value: {
      now: (imaginary === undefined
        ? considered.filter(({ active, suppressed }) => active && !suppressed)
        : [imaginary]
      )
        .flatMap((one) => one.agents)
        .some(({ fit }) => fit === 'FITS'),
      ever: (imaginary === undefined ? considered : [imaginary]).some((one) => couldEver(context, one, wanted)),
      frameworks: tell(chosen.value, answer, role, options),
      frameworks_left_out: chosen.leftOut,
      ...(imaginary === undefined ? {} : { role: roleExplanation(imaginary, options) }),
    },
  };
}

/** Whether an agent would do if all of it were free, and the role had nothing yet of what its quota lets it have at most. */
function couldEver({ cluster }: ExplainContext, { agents, role }: RoleExplanation, wanted: Resources): boolean {
  const top = topLevelRole(role);
  const { limits } = quotaOf(cluster.quotas.get(top) ?? { role: top });
  const limitOf = (name: string): number => limits.get(name) ?? Infinity;
  return agents.some(
    ({ fit, hindrances, total }) =>
      fit !== 'TOO_SMALL' &&
      !hindrances.some(({ type }) => lasting.has(type)) &&
      total.bounded(limitOf, isQuotaResource).find(wanted) !== undefined,
  );
}

/** Hindrances that no waiting removes. */
const lasting: ReadonlySet<string> = new Set([
  'AGENT_HAS_GPUS',
  'AGENT_NOT_MULTI_ROLE',
  'AGENT_NOT_HIERARCHICAL_ROLE',
  'AGENT_EXCLUDED',
]);

function choose(
  context: ExplainContext,
  frameworkId: string | undefined,
  role: string | undefined,
  whom: 'present only' | 'ended too',
): { value: FrameworkRecord[]; leftOut: number } | { status: 400 | 404; error: string } {
  const { approvers, cluster } = context;
  if (frameworkId !== undefined) {
    const ended = whom === 'ended too' ? cluster.completedFrameworks.get(frameworkId) : undefined;
    const framework = cluster.frameworks.get(frameworkId) ?? ended;
    // Whoever may not see it learns nothing of it, not even that it is there.
    if (framework === undefined || !sees(context, framework)) {
      return { status: 404, error: `No framework '${frameworkId}'` };
    }
    if (role !== undefined && !framework.roles.has(role)) {
      return { status: 404, error: `Framework '${frameworkId}' is not in role '${role}'` };
    }
    return { value: [framework], leftOut: 0 };
  }
  const error = validateRole(role ?? '*');
  if (error !== undefined) return { status: 400, error: `Invalid role: ${error}` };
  if (!approvers.approves('VIEW_ROLE', { value: role ?? '*' }))
    return { status: 404, error: `No role '${role ?? '*'}'` };
  const members = [...cluster.frameworks.values()].filter(
    (framework) => framework.roles.has(role ?? '*') && sees(context, framework),
  );
  const value = members.slice(0, frameworksMax);
  return { value, leftOut: members.length - value.length };
}

function sees({ approvers }: ExplainContext, { info }: FrameworkRecord): boolean {
  return approvers.approves('VIEW_FRAMEWORK', { framework_info: info });
}

/** Of frameworks that are not remembered nothing may be told. */
function seesById(context: ExplainContext): (frameworkId: string) => boolean {
  const { completedFrameworks, frameworks } = context.cluster;
  const seen = new Map<string, boolean>();
  return (id) => {
    const known = seen.get(id);
    if (known !== undefined) return known;
    const framework = frameworks.get(id) ?? completedFrameworks.get(id);
    const isSeen = framework !== undefined && sees(context, framework);
    seen.set(id, isSeen);
    return isSeen;
  };
}

function idsOf(frameworks: readonly FrameworkRecord[]): string[] {
  return frameworks.map(({ id }) => id);
}

function optionsOf(
  call: { readonly agents_max?: number | undefined },
  { cluster, nowMs }: ExplainContext,
  answer: ExplainAnswer,
  wanted: Resources | undefined,
): ExplanationOptions {
  return {
    agentsMax: call.agents_max ?? defaultAgentsMax,
    hostnameOf: (agentId) => cluster.agents.get(agentId)?.info.hostname,
    wanted,
    nowMs,
    heldBackNowMs: answer.nowMs,
  };
}

function tell(
  frameworks: readonly FrameworkRecord[],
  answer: ExplainAnswer,
  role: string | undefined,
  options: ExplanationOptions,
): MasterResponse_Explain['frameworks'] {
  return frameworks.map((framework) => {
    const roles = answer.frameworks.filter((one) => one.frameworkId === framework.id);
    const wanted = roles.filter((one) => role === undefined || one.role === role);
    return frameworkExplanation(framework, wanted, options);
  });
}
