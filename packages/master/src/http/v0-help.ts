import type { RouteHelp } from '@mesos-ts/libprocess';

const leader =
  'A master that does not lead answers 307 with the place of the one that does, or 503 when it knows of none.';
const jsonp = 'With `jsonp=NAME` the answer is a script that calls that function.';
const filtered = 'What the principal may not see is left out.';

function page(summary: string, description: readonly string[], authorization?: string): RouteHelp {
  const text = { summary, description: description.join('\n\n') };
  return authorization === undefined ? text : { ...text, authorization };
}

function parameters(rows: Readonly<Record<string, string>>): string {
  const lines = Object.entries(rows).map(([name, meaning]) => `>        ${name.padEnd(20)} ${meaning}`);
  return ['Query parameters:', '', ...lines].join('\n');
}

/** What `/help` tells of the endpoints of version 0. */
export const help = {
  '/flags': page(
    'The flags that this master was started with.',
    ['Each flag has its value as a text, those with their defaults among them.', jsonp],
    'The principal must be allowed to view all flags; otherwise the answer is 403.',
  ),
  '/frameworks': page(
    'Frameworks that run, and those that have ended and are remembered.',
    [
      'Each with its tasks, executors and offers.',
      parameters({ 'framework_id=VALUE': 'Only the framework with this id. `/frameworks/VALUE` does the same.' }),
      jsonp,
      leader,
    ],
    filtered,
  ),
  '/health': page('Whether this master is well.', ['200 without a body if it is. A slow answer is a bad sign.']),
  '/redirect': page('The way to the leading master.', [
    'Answers 307. The place is told without a scheme, so that clients keep theirs, and without a path: a good bookmark.',
    '503 when no leading master is known.',
  ]),
  '/roles': page(
    'Roles, with their weights, what they have and who is in them.',
    [
      'Every role that has frameworks, reservations, a weight or a quota, and the parents of these; with `--roles`, the roles that it names.',
      jsonp,
      leader,
    ],
    filtered,
  ),
  '/slaves': page(
    'Agents, with every resource of theirs in full.',
    [parameters({ 'slave_id=VALUE': 'Only the agent with this id. `/slaves/VALUE` does the same.' }), jsonp, leader],
    'Reserved resources are listed only for roles that the principal may see. They count in the sums nevertheless.',
  ),
  '/state': page(
    'Everything that the master knows: agents, frameworks, tasks, executors, offers.',
    [
      'Large in large clusters: `/state-summary` and `/tasks` are cheaper, and the event stream of `/api/v1` cheapest.',
      jsonp,
      leader,
    ],
    filtered,
  ),
  '/state-summary': page(
    'Agents and frameworks with the numbers of their tasks in each state.',
    [jsonp, leader],
    filtered,
  ),
  '/tasks': page(
    'Tasks of all frameworks: those that run, are unreachable or have ended.',
    [
      parameters({
        'framework_id=VALUE': 'Only tasks of the framework with this id.',
        'task_id=VALUE': 'Only tasks with this id, of which each framework may have one.',
        'limit=VALUE': 'How many tasks at most, 100 unless told otherwise.',
        'offset=VALUE': 'How many tasks to skip.',
        'order=(asc|desc)': 'By the time of their first status; the newest come first unless told otherwise.',
      }),
      jsonp,
      leader,
    ],
    filtered,
  ),
} as const satisfies Readonly<Record<string, RouteHelp>>;
