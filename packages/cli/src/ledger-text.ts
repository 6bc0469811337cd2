/** What was offered and held back, as `mesos explain` prints it. */
import { resourcesText, spanText } from './amounts.ts';
import { formatTable } from './table.ts';
import type {
  MasterFrameworkExplanation,
  MasterHeldBack,
  MasterHindrance,
  MasterHindrance_Type,
  MasterOfferHistory,
  MasterResponse_Explain,
  MasterRoleLedger,
} from '@mesos-ts/protocol';

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
  QUOTA_LIMIT: 'more than the limit of the role allows (quota)',
  HEADROOM: 'kept free for roles that are guaranteed more than they have (quota)',
  SUPPRESSED: 'the framework wanted no offers (SUPPRESS)',
  FRAMEWORK_INACTIVE: "the framework's scheduler was not connected",
  AGENTS_AWAITED: 'a new master awaits agents before it offers anything',
};

/** What stands in the way on an agent. */
export function hindranceText({ remaining_seconds, resources = [], type = 'UNKNOWN' }: MasterHindrance): string {
  const what = resources.length === 0 ? '' : ` ${resourcesText(resources)}`;
  const time = remaining_seconds === undefined ? '' : ` for another ${spanText(remaining_seconds)}`;
  return `${hindranceTexts[type]}${what}${time}`;
}

/** How many offers there were, and what became of them. */
export function countsText(counts: MasterRoleLedger | MasterFrameworkExplanation): string {
  const parts = [
    `${counts.offers_made ?? 0} offers made`,
    `${counts.offers_accepted ?? 0} accepted`,
    `${counts.offers_declined ?? 0} declined`,
    `${counts.offers_rescinded ?? 0} rescinded`,
    `${counts.offers_withdrawn ?? 0} withdrawn`,
  ];
  return `${parts.join(', ')}\n`;
}

/** The newest offers, and how many more there are. */
export function offersText({ offers = [], offers_left_out = 0 }: Offers, offersMax: number): string {
  if (offers.length === 0) return '';
  const newest = offers.slice(0, offersMax);
  const hasFrameworks = newest.some(({ framework_id }) => framework_id !== undefined);
  const rows = newest.map((offer) => [
    ...offerRow(offer),
    ...(hasFrameworks ? [offer.framework_id?.value ?? '-'] : []),
  ]);
  const lines = [
    '\nNewest offers\n',
    indented(formatTable(hasFrameworks ? [...offerHeading, 'FRAMEWORK'] : offerHeading, rows)),
  ];
  const more = offers.length - newest.length;
  if (more > 0) lines.push(`  and ${more} older ones (--offers tells of more)\n`);
  if (offers_left_out > 0) lines.push(`  and ${offers_left_out} that are forgotten, or may not be seen\n`);
  return lines.join('');
}

type Offers = Pick<MasterRoleLedger, 'offers' | 'offers_left_out'>;

/** What was held back in a role and from everybody, and what the answer does not tell. */
export function ledgersText(
  { everybody = [], frameworks_left_out = 0, held_back_forgotten = 0, role }: MasterResponse_Explain,
  offersMax: number,
): string {
  const lines: string[] = [];
  if (frameworks_left_out > 0) {
    lines.push(`\nand ${frameworks_left_out} frameworks more in role ${role?.role ?? ''}; ask for one by its id\n`);
  }
  if (role !== undefined) {
    lines.push(`\nAll frameworks of role ${role.role}: ${countsText(role)}`);
    if (role.held_back !== undefined && role.held_back.length > 0) {
      lines.push('Held back from them and from the role\n', heldBackText(role.held_back));
    }
    lines.push(offersText(role, offersMax));
  }
  if (everybody.length > 0) lines.push('\nHeld back from everybody\n', heldBackText(everybody));
  if (held_back_forgotten > 0) {
    lines.push(`\nThe ledgers were full: ${held_back_forgotten} reasons for holding something back are forgotten\n`);
  }
  return lines.join('');
}

const heldBackHeading = ['WHY', 'TIMES', 'SINCE', 'LAST', 'WHAT', 'LAST AGENTS'];

/** What was held back, reason by reason. */
export function heldBackText(heldBack: readonly MasterHeldBack[]): string {
  return indented(formatTable(heldBackHeading, heldBack.map(heldBackRow)));
}

function heldBackRow(held: MasterHeldBack): string[] {
  const { agents = [], times, dimensions = [], first_seconds_ago, last_seconds_ago, resources = [], still } = held;
  const missing = dimensions.map(({ missing: more, name }) => `${name}: ${more} more`);
  const what = [...(resources.length === 0 ? [] : [resourcesText(resources)]), ...missing];
  return [
    hindranceTexts[held.type ?? 'UNKNOWN'],
    String(times),
    `${spanText(first_seconds_ago)} ago`,
    still ? 'still so' : `${spanText(last_seconds_ago)} ago`,
    what.length === 0 ? '-' : what.join(', '),
    agents.length === 0 ? '-' : agents.map(({ agent_id, hostname }) => hostname ?? agent_id.value).join(', '),
  ];
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

/** Two columns further in. */
export function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
