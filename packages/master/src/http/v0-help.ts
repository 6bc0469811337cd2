import { helpPage as page, helpParameters, jsonpHelp as jsonp } from '@mesos-ts/daemon';
import type { RouteHelp } from '@mesos-ts/libprocess';

const leader =
  'A master that does not lead answers 307 with the place of the one that does, or 503 when it knows of none.';
const notYet = 'This master checks changes and refuses those that make sense with 501: it cannot make them yet.';
const filtered = 'What the principal may not see is left out.';

function parameters(rows: Readonly<Record<string, string>>): string {
  return helpParameters('Query parameters:', rows);
}

function form(rows: Readonly<Record<string, string>>): string {
  return helpParameters('The body is a form, `name=value&name=value`:', rows);
}

/** Of an endpoint whose changes are checked and refused. */
function change(summary: string, description: readonly string[], authorization: string): RouteHelp {
  return page(summary, ['Takes POST only.', ...description, notYet, leader], authorization);
}

/** What `/help` tells of the endpoints of version 0. */
export const help = {
  '/': page('Who this is, and where to go on: a page for people.', ['HTML. There is no web interface yet.']),
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
  '/create-volumes': change(
    'Creates persistent volumes on reserved disk of an agent.',
    [form({ slaveId: 'The id of the agent.', volumes: 'The volumes, a JSON array of resources with `disk`.' })],
    'The principal must be allowed to create volumes for the roles.',
  ),
  '/destroy-volumes': change(
    'Destroys persistent volumes of an agent.',
    [form({ slaveId: 'The id of the agent.', volumes: 'The volumes as `/slaves` shows them in full, a JSON array.' })],
    'The principal must be allowed to destroy volumes of the principals that have created them.',
  ),
  '/machine/down': page(
    'Brings machines down that are scheduled for maintenance.',
    [
      'Takes POST only. The body is a JSON array of machines as the schedule has them, each with `hostname`, `ip` or both. Each must be draining.',
      'The agents there are told to end and are removed, and none is let in from there until the machine is brought up.',
      leader,
    ],
    'The principal must be allowed to start maintenance of each of the machines.',
  ),
  '/machine/up': page(
    'Brings machines up that were brought down, and takes them off the schedule.',
    [
      'Takes POST only. The body is a JSON array of machines, each with `hostname`, `ip` or both. Each must be down.',
      leader,
    ],
    'The principal must be allowed to stop maintenance of each of the machines.',
  ),
  '/maintenance/schedule': page(
    'When which machines will be unavailable.',
    [
      'GET shows the schedule, POST replaces it. Both have a `maintenance.Schedule` as JSON: `windows`, each with `machine_ids` and an `unavailability`.',
      'A machine is meant by its `hostname` and its `ip` as its agents tell them, both of them. Those that are new in the schedule drain; those that are down must stay in it.',
      jsonp,
      leader,
    ],
    'Machines that the principal may not see are left out; it must be allowed to schedule maintenance of each machine, also of those that it takes out.',
  ),
  '/maintenance/status': page(
    'Which machines drain, with the answers of frameworks, and which are down.',
    ['Takes GET only.', jsonp, leader],
    'Machines that the principal may not see are left out.',
  ),
  '/quota': page(
    'What roles are guaranteed, and limited to.',
    [
      'GET shows a `QuotaStatus`; POST takes a `QuotaRequest` as JSON; DELETE `/quota/ROLE` removes the quota of a role. Deprecated: the calls of `/api/v1` can do more.',
      jsonp,
      leader,
    ],
    'Roles whose quota the principal may not see are left out; it must be allowed to update the quota of the role.',
  ),
  '/reserve': change(
    'Reserves resources of an agent for a role.',
    [
      form({
        slaveId: 'The id of the agent.',
        resources: 'What to reserve, a JSON array of resources with their reservation.',
      }),
    ],
    'The principal must be allowed to reserve resources for the roles.',
  ),
  '/teardown': page(
    'Ends a framework: its executors and tasks are killed, and it cannot come back.',
    [
      'Takes POST only. 200 when it is done, 400 when there is no such framework.',
      form({ frameworkId: 'The id of the framework.' }),
      leader,
    ],
    "The principal must be allowed to tear down frameworks of the framework's principal.",
  ),
  '/unreserve': change(
    'Takes reservations of resources of an agent back.',
    [
      form({
        slaveId: 'The id of the agent.',
        resources: 'The resources as `/slaves` shows them in full, a JSON array.',
      }),
    ],
    'The principal must be allowed to unreserve resources of the principals that have reserved them.',
  ),
  '/weights': page(
    'How large the fair shares of roles are, compared with each other.',
    [
      'GET shows them. PUT sets some: a JSON array of objects with `role` and `weight`. Others stay as they are.',
      jsonp,
      leader,
    ],
    'Roles that the principal may not see are left out; it must be allowed to update the weight of each role.',
  ),
} as const satisfies Readonly<Record<string, RouteHelp>>;
