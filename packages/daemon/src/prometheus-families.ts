import type { MetricFamily } from '@mesos-ts/libprocess';

interface Rule {
  /** Its named groups are the labels. */
  readonly pattern: RegExp;
  readonly name: string;
  readonly help: string;
}

/** By what names begin with, so that most are looked at once. What stands between slashes is percent-encoded, but for roles. */
const rules: readonly (readonly [start: string, rules: readonly Rule[]])[] = [
  [
    'master/frameworks/',
    [
      framework('calls', 'framework_calls', 'Calls of a framework.'),
      framework('calls/(?<type>[^/]+)', 'framework_calls_by_type', 'Calls of a framework, by type.'),
      framework('events', 'framework_events', 'Events that a framework was sent.'),
      framework('events/(?<type>[^/]+)', 'framework_events_by_type', 'Events that a framework was sent, by type.'),
      framework('operations', 'framework_operations', 'Operations of a framework.'),
      framework('operations/(?<type>[^/]+)', 'framework_operations_by_type', 'Operations of a framework, by type.'),
      framework('offers/(?<what>[^/]+)', 'framework_offers', 'Offers of a framework, by what became of them.'),
      framework('subscribed', 'framework_subscribed', '1 while the scheduler of a framework is connected.'),
      framework('tasks/active/(?<state>[^/]+)', 'framework_tasks_active', 'Tasks in states that are not final.'),
      framework('tasks/terminal/(?<state>[^/]+)', 'framework_tasks_terminal', 'Tasks that have ended, by state.'),
      framework(
        'roles/(?<role>.+)/suppressed',
        'framework_suppressed',
        '1 while a framework wants no offers in a role.',
      ),
    ],
  ],
  [
    'master/task_',
    [
      {
        pattern: /^master\/(?<state>task_[^/]+)\/(?<source>[^/]+)\/(?<reason>[^/]+)$/,
        name: 'master/task_ends',
        help: 'Tasks that have ended for a reason, by who said so.',
      },
    ],
  ],
  [
    'master/operations/',
    [
      {
        pattern: /^master\/operations\/(?<type>[^/]+)\/(?<state>[^/]+)$/,
        name: 'master/operations_by_type',
        help: 'Operations on resources, by type and state.',
      },
    ],
  ],
  [
    'allocator/mesos/',
    [
      {
        pattern: /^allocator\/mesos\/roles\/(?<role>.+)\/shares\/dominant$/,
        name: 'allocator/mesos/role_dominant_share',
        help: 'The dominant share of a role.',
      },
      {
        pattern: /^allocator\/mesos\/offer_filters\/roles\/(?<role>.+)\/active$/,
        name: 'allocator/mesos/role_offer_filters',
        help: 'Refusals of offers that hold for a role.',
      },
      {
        pattern: /^allocator\/mesos\/resources\/(?<resource>[^/]+)\/total$/,
        name: 'allocator/mesos/resources',
        help: 'What there is to offer, by resource.',
      },
      {
        pattern: /^allocator\/mesos\/resources\/(?<resource>[^/]+)\/offered_or_allocated$/,
        name: 'allocator/mesos/resources_offered_or_allocated',
        help: 'What is offered or in use, by resource.',
      },
    ],
  ],
  [
    'frameworks/',
    ['received', 'processed'].map((what) => ({
      pattern: new RegExp(`^frameworks/(?<principal>.+)/messages_${what}$`),
      name: `principal_messages_${what}`,
      help: `Messages of frameworks that were ${what}, by principal.`,
    })),
  ],
];

function framework(rest: string, name: string, help: string): Rule {
  const pattern = new RegExp(`^master/frameworks/(?<framework>[^/]*)/(?<framework_id>[^/]+)/${rest}$`);
  return { pattern, name: `master/${name}`, help };
}

/**
 * What the name of a metric of Mesos is about, for Prometheus: frameworks, roles, types and states become labels, where each would be a
 * name of its own otherwise.
 */
export function prometheusFamily(metric: string): MetricFamily | undefined {
  const found = rules.find(([start]) => metric.startsWith(start));
  for (const { help, name, pattern } of found?.[1] ?? []) {
    const groups = pattern.exec(metric)?.groups;
    if (groups === undefined) continue;
    const labels = Object.entries(groups).map(([label, value]) => [
      label,
      label === 'framework' ? decoded(value) : value,
    ]);
    return { name, help, labels: Object.fromEntries(labels) as Record<string, string> };
  }
  return undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
