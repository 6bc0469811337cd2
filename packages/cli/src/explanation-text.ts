import { resourcesText, spanText } from './amounts.ts';
import { formatTable } from './table.ts';
import type {
  MasterAgentExplanation,
  MasterFairTurn,
  MasterFrameworkExplanation,
  MasterHindrance,
  MasterHindrance_Type,
  MasterOfferHistory,
  MasterResponse_CanPlace,
  MasterRoleExplanation,
} from '@mesos-ts/protocol';

/** CAN_PLACE for people: the verdict first. */
export function verdictText({ ever, frameworks = [], now, role }: MasterResponse_CanPlace, wanted: string): string {
  const verdict = now
    ? 'fits now'
    : ever
      ? 'does not fit now, but will once enough is free and nothing else stands in the way'
      : 'will never fit on the agents that there are';
  const newcomer = role === undefined ? '' : `\nA framework that came to ${roleText(role)}`;
  return `${wanted} ${verdict}.\n${newcomer}${frameworks.map((framework) => `\n${frameworkText(framework)}`).join('')}`;
}

/** What a framework waits for, and what it was offered lately. */
export function frameworkText(framework: MasterFrameworkExplanation): string {
  const { active = false, framework_id, name = '', offers = [], roles = [] } = framework;
  const counts = [
    `${framework.offers_made ?? 0} offers made`,
    `${framework.offers_accepted ?? 0} accepted`,
    `${framework.offers_declined ?? 0} declined`,
    `${framework.offers_rescinded ?? 0} rescinded`,
    `${framework.offers_withdrawn ?? 0} withdrawn`,
  ];
  const lines = [
    `Framework ${framework_id.value} '${name}' is ${active ? 'active' : 'not active: it is offered nothing'}\n`,
    `${counts.join(', ')}\n`,
    ...roles.map((role) => `\n${capitalised(roleText(role))}`),
  ];
  if (offers.length > 0) lines.push('\nNewest offers\n', indented(formatTable(offerHeading, offers.map(offerRow))));
  return lines.join('');
}

function roleText(explanation: MasterRoleExplanation): string {
  const { agents = [], busy = 0, fits = 0, framework_turn, hindered = 0, role, role_turn, too_small = 0 } = explanation;
  const state = explanation.suppressed === true ? 'suppressed: the framework wants no offers' : 'wants offers';
  const lines = [
    `role ${role} (${state})\n`,
    ...turnText('turn of the role', role_turn),
    ...turnText('turn within it', framework_turn),
    `  agents: ${fits} fit, ${hindered} hindered, ${busy} busy, ${too_small} too small\n`,
  ];
  if (agents.length > 0) lines.push(indented(formatTable(agentHeading, agents.map(agentRow))));
  return lines.join('');
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

const hindranceTexts: Readonly<Record<MasterHindrance_Type, string>> = {
  UNKNOWN: 'a reason that this program does not know',
  AGENT_INACTIVE: 'the agent is disconnected or deactivated',
  AGENT_HAS_GPUS: 'the agent has GPUs, and the framework lacks GPU_RESOURCES',
  AGENT_NOT_MULTI_ROLE: 'the agent knows one role only',
  AGENT_NOT_HIERARCHICAL_ROLE: 'the agent knows no roles below others',
  AGENT_EXCLUDED: "the framework's offer constraints exclude the agent",
  IN_USE: 'in use or offered',
  RESERVED: 'reserved for other roles',
  NOT_UNDERSTOOD: 'of a kind that the framework does not understand',
  BELOW_MINIMUM: 'less than an offer must hold',
  REFUSED: 'declined by the framework',
};

function hindranceText({ remaining_seconds, resources = [], type = 'UNKNOWN' }: MasterHindrance): string {
  const what = resources.length === 0 ? '' : ` ${resourcesText(resources)}`;
  const time = remaining_seconds === undefined ? '' : ` for another ${spanText(remaining_seconds)}`;
  return `${hindranceTexts[type]}${what}${time}`;
}

const offerHeading = ['OFFER', 'AGENT', 'ROLE', 'RESOURCES', 'AGE', 'WHAT BECAME OF IT'];

function offerRow({ age_seconds, agent_id, offer_id, role = '*', resources, ...offer }: MasterOfferHistory): string[] {
  return [offer_id.value, agent_id.value, role, resourcesText(resources), spanText(age_seconds), endText(offer)];
}

function endText({
  end,
  ended_seconds_ago,
  reason,
  refuse_seconds,
}: Pick<MasterOfferHistory, 'end' | 'ended_seconds_ago' | 'reason' | 'refuse_seconds'>): string {
  if (end === undefined) return 'not answered yet';
  const details = [
    ...(ended_seconds_ago === undefined ? [] : [`${spanText(ended_seconds_ago)} ago`]),
    ...(refuse_seconds === undefined ? [] : [`wants none like it for ${spanText(refuse_seconds)}`]),
    ...(reason === undefined ? [] : [reason]),
  ];
  return `${end.toLowerCase()}${details.length === 0 ? '' : ` ${details.join(', ')}`}`;
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
