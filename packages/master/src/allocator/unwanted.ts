import type { Unwanted } from './events.ts';
import type { Agent, Framework } from './records.ts';

/** What a framework does not want, of these agents. */
export function unwantedBy({ excludes, info, roles, suppressed }: Framework, agents: readonly Agent[]): Unwanted {
  return {
    info,
    suppressedRoles: [...suppressed],
    excludedAgents: Object.fromEntries(
      [...roles].map((role) => [role, agents.filter(({ traits }) => excludes(role, traits)).map(({ id }) => id)]),
    ),
  };
}
