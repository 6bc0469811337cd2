import { spanText } from './amounts.ts';
import { countsText, heldBackText, hindranceText, indented, offersText } from './ledger-text.ts';
import { formatTable } from './table.ts';
import type {
  MasterAgentExplanation,
  MasterFairTurn,
  MasterFrameworkExplanation,
  MasterHindrance_Type,
  MasterOfferHistory,
  MasterResponse_CanPlace,
  MasterRoleExplanation,
} from '@mesos-ts/protocol';

/** How an explanation is told. */
export interface TextOptions {
  /** What a task would use, if it is about one. */
  readonly wanted?: string;
  /** How many of the newest offers are told of. */
  readonly offersMax: number;
}

/** CAN_PLACE for people: the verdict first, and again for each framework, since what stands in the way is its own. */
export function verdictText(
  { ever, frameworks = [], now, role }: MasterResponse_CanPlace,
  { offersMax, wanted }: TextOptions & { readonly wanted: string },
): string {
  const told = frameworks.map((framework) => `\n${frameworkText(framework, { offersMax, wanted })}`).join('');
  const verdict = now ? fitsNow : ever ? fitsLater : fitsNever;
  if (role === undefined) return `${wanted} ${verdict}.\n${told}`;
  return `${wanted} ${verdict}, for a framework that newly comes to role ${role.role}.\n\n${roleText(role, { wanted })}${told}`;
}

const fitsNow = 'fits now';
const fitsLater = 'does not fit now, but will once enough is free and nothing else stands in the way';
const fitsNever = 'will never fit on the agents that there are';

/** What a framework waits for, and what it was offered lately. */
export function frameworkText(framework: MasterFrameworkExplanation, { offersMax, wanted }: TextOptions): string {
  const { active = false, framework_id, name = '', offers = [], roles = [] } = framework;
  const lines = [
    `Framework ${framework_id.value} '${name}' ${stateText(framework)}\n`,
    countsText(framework),
    ...roles.map((role) => {
      const ofRole = offers.filter((offer) => (offer.role ?? '*') === role.role);
      return `\n${roleText(role, active ? { offers: ofRole, wanted } : { wanted })}`;
    }),
  ];
  lines.push(offersText(framework, offersMax));
  return lines.join('');
}

function stateText({ active, completed }: MasterFrameworkExplanation): string {
  if (completed === true) return 'has ended';
  return active === true ? 'is active' : 'is not active: it is offered nothing';
}

/** @param context The offers in the role, the newest first, of a framework that is there; and what is to be launched. */
function roleText(
  explanation: MasterRoleExplanation,
  context: { readonly offers?: readonly MasterOfferHistory[]; readonly wanted: string | undefined },
): string {
  const { agents = [], busy = 0, fits = 0, framework_turn, hindered = 0, role, role_turn, too_small = 0 } = explanation;
  const conclusion =
    context.wanted === undefined ? waitingText(explanation, context.offers) : placingText(explanation, context.wanted);
  const lines = [
    `Role ${role} (${explanation.suppressed === true ? 'suppressed' : 'wants offers'})\n`,
    ...(conclusion === undefined ? [] : [`  => ${conclusion}\n`]),
    ...turnText('turn of the role', role_turn),
    ...turnText('turn within it', framework_turn),
    `  agents: ${fits} fit, ${hindered} hindered, ${busy} busy, ${too_small} too small\n`,
  ];
  if (agents.length > 0) lines.push(indented(formatTable(agentHeading, agents.map(agentRow))));
  const more = explanation.agents_left_out ?? 0;
  if (more > 0) lines.push(`  and ${more} agents more, which are no nearer (--agents tells of more)\n`);
  const heldBack = explanation.held_back ?? [];
  if (heldBack.length > 0) lines.push('  held back from it\n', indented(heldBackText(heldBack)));
  return lines.join('');
}

const isSuppressed = 'The framework wants no offers here (SUPPRESS), until it asks for them (REVIVE).';
const isWithoutAgents = 'There are no agents.';

/** Why there is no task, in a sentence; undefined of a framework that is not there. */
function waitingText(
  explanation: MasterRoleExplanation,
  offers: readonly MasterOfferHistory[] | undefined,
): string | undefined {
  if (offers === undefined) return undefined;
  const { busy = 0, fits = 0, hindered = 0, suppressed, too_small = 0 } = explanation;
  const open = offers.filter(({ end }) => end === undefined);
  const [oldest] = open.slice(-1);
  if (oldest !== undefined) {
    return `The framework has not answered ${open.length} offers yet, the oldest of ${spanText(oldest.age_seconds)} ago.`;
  }
  if (suppressed === true) return isSuppressed;
  if (fits + hindered + busy + too_small === 0) return isWithoutAgents;
  const firstUsed = offers.findIndex(({ end }) => end === 'ACCEPTED');
  const declined = offers
    .slice(0, firstUsed === -1 ? undefined : firstUsed)
    .filter(({ end }) => end === 'DECLINED').length;
  if (declined > 0) {
    return (
      `The framework was offered resources, and has declined the newest ${declined} offers: it wants more, or others. ` +
      'With --resources this says whether what a task needs is there.'
    );
  }
  if (fits > 0) return `Nothing stands in the way on ${fits} agents: the framework is offered them at its turn.`;
  if (hindered > 0) return 'Something stands in the way on each agent that has anything free.';
  return 'Nothing is free: all is in use, or offered to others.';
}

function placingText(explanation: MasterRoleExplanation, wanted: string): string {
  const { agents = [], busy = 0, fits = 0, hindered = 0, suppressed, too_small = 0 } = explanation;
  if (suppressed === true) return isSuppressed;
  if (fits + hindered + busy + too_small === 0) return isWithoutAgents;
  if (fits > 0) return `${wanted} ${fitsNow}, on ${fits} agents.`;
  const large = agents.filter(({ fit }) => fit !== 'TOO_SMALL');
  if (large.length > 0 && large.every(({ hindrances = [] }) => hindrances.some(({ type }) => isLasting(type)))) {
    return `${wanted} ${fitsNever}: on those that are large enough something stands in the way that does not pass.`;
  }
  return hindered + busy > 0 ? `${wanted} ${fitsLater}.` : `${wanted} ${fitsNever}.`;
}

function turnText(what: string, turn: MasterFairTurn | undefined): string[] {
  return turn === undefined ? [] : [`  ${what}: ${turn.place} of ${turn.of}, share ${Number(turn.share.toFixed(4))}\n`];
}

const agentHeading = ['AGENT', 'HOSTNAME', 'FIT', 'MISSING', 'WHY'];

function agentRow({
  agent_id,
  dimensions = [],
  fit,
  hindrances = [],
  hostname = '',
}: MasterAgentExplanation): string[] {
  const missing = dimensions.flatMap(({ free, missing: now, missing_ever: ever, name, total }) => {
    if (ever !== undefined) return [`${name}: ${ever} more than the agent has (${total})`];
    return now === undefined ? [] : [`${name}: ${now} more (${free} of ${total} free)`];
  });
  return [
    agent_id.value,
    hostname,
    (fit ?? 'UNKNOWN').toLowerCase().replace('_', ' '),
    missing.length === 0 ? '-' : missing.join(', '),
    hindrances.length === 0 ? '-' : hindrances.map(hindranceText).join(', '),
  ];
}

/** Whether no waiting removes it. */
function isLasting(type: MasterHindrance_Type | undefined): boolean {
  return (
    type === 'AGENT_EXCLUDED' ||
    type === 'AGENT_HAS_GPUS' ||
    type === 'AGENT_NOT_HIERARCHICAL_ROLE' ||
    type === 'AGENT_NOT_MULTI_ROLE'
  );
}
