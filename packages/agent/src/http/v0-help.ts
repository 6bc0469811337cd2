import { helpPage, helpParameters, jsonpHelp } from '@mesos-ts/daemon';
import type { RouteHelp } from '@mesos-ts/libprocess';

const statistics =
  'What is measured depends on `--isolation`. Times are in seconds, sizes in bytes; each entry has the `timestamp` of its measurement.';

/** What `/help` tells of the endpoints of version 0. */
export const help = {
  '/containerizer/debug': helpPage(
    'What the containerizer has under way: where to look when a container is stuck.',
    [
      'An object with `pending`, a list of operations, the oldest first, each with the container that it is about and for how many seconds it has been going on. For people: its form may change.',
      jsonpHelp,
    ],
    'The principal must be allowed to use this endpoint.',
  ),
  '/containers': helpPage(
    'Containers of executors: how they are, and what they use.',
    [
      'An entry for each executor that runs, with its ids, the `status` and the `statistics` of its container.',
      helpParameters('Query parameters, which select one container, or those of one framework or executor:', {
        'container_id=VALUE': 'Only the container with this id; not together with the others.',
        'framework_id=VALUE': 'Only containers of this framework.',
        'executor_id=VALUE': 'Only containers of this executor; together with `framework_id`.',
      }),
      statistics,
      jsonpHelp,
    ],
    'The principal must be allowed to use this endpoint. Containers of executors that it may not see are left out.',
  ),
  '/flags': helpPage(
    'The flags that this agent was started with.',
    ['Each flag has its value as a text, those with their defaults among them.', jsonpHelp],
    'The principal must be allowed to view all flags; otherwise the answer is 403.',
  ),
  '/health': helpPage('Whether this agent is well.', ['200 without a body if it is. A slow answer is a bad sign.']),
  '/monitor/statistics': helpPage(
    'What the containers of executors use.',
    [
      'An entry for each executor whose container can be measured, with its ids and `statistics`.',
      statistics,
      jsonpHelp,
    ],
    'The principal must be allowed to use this endpoint.',
  ),
  '/state': helpPage(
    'Everything about this agent: what it has, and the frameworks, executors and tasks that it runs or has run.',
    [jsonpHelp],
    'What the principal may not see is left out.',
  ),
} as const satisfies Readonly<Record<string, RouteHelp>>;
