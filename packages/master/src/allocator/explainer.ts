import {
  explainAgent,
  type ExplainAnswer,
  type ExplainOptions,
  type ExplainQuestion,
  type QuotaRules,
  type RoleExplanation,
} from './explain.ts';
import { heldBackOf, type HeldBack, type StillHeldBack } from './held-back.ts';
import { topLevelRole } from '@mesos-ts/protocol';
import { newcomerIn, type Agent, type Competitor, type Framework } from './records.ts';
import type { Resources } from '@mesos-ts/protocol';
import type { Competition } from './competition.ts';
import type { Ledgers } from './ledgers.ts';

/** The allocator's books, to be read. */
export interface Books {
  readonly agents: ReadonlyMap<string, Agent>;
  readonly frameworks: ReadonlyMap<string, Framework>;
  readonly competition: Competition;
  readonly quotas: QuotaRules;
  readonly ledgers: Ledgers;
  /** When all agents were looked at last. Monotonic, in milliseconds. */
  readonly wholeMs: number;
  /** Whether nothing has changed about an agent since nobody took anything of it. */
  readonly isQuiet: (agent: Agent) => boolean;
}

/**
 * Answers from the allocator's books; nothing in them changes.
 * @param nowMs Monotonic time in milliseconds.
 */
export function explainFrom(
  books: Books,
  { frameworkIds, imaginaryRole, role, wanted }: ExplainQuestion,
  options: ExplainOptions,
  nowMs: number,
): ExplainAnswer {
  const { everybody, forgotten } = books.ledgers;
  return {
    frameworks: frameworkIds.flatMap((id) => explainFramework(books, id, wanted, options, nowMs)),
    imaginary: imaginaryRole === undefined ? undefined : explainNewcomer(books, imaginaryRole, wanted, options),
    role: role === undefined ? [] : heldBackInRole(books, role),
    everybody: everybody.told(stillIn(books)),
    forgotten,
    nowMs,
  };
}

/** What a framework waits for in each of its roles, agent by agent; of one that was removed, what was held back from it. */
function explainFramework(
  books: Books,
  frameworkId: string,
  wanted: Resources | undefined,
  options: ExplainOptions,
  nowMs: number,
): RoleExplanation[] {
  const framework = books.frameworks.get(frameworkId);
  if (framework === undefined) return explainFormer(books, frameworkId);
  return [...framework.roles].map((name) => {
    const competitor = books.competition.competitor(frameworkId, name);
    return {
      frameworkId,
      role: name,
      active: framework.active,
      suppressed: framework.suppressed.has(name),
      roleTurn: books.competition.roleTurn(name),
      frameworkTurn: books.competition.frameworkTurn(name, frameworkId),
      agents: [...books.agents.values()].map((agent) =>
        explainAgent(framework, name, agent, wanted, options, books.quotas, nowMs),
      ),
      heldBack: competitor === undefined ? [] : heldBackFrom(books, name, competitor),
    };
  });
}

function explainFormer({ ledgers }: Books, frameworkId: string): RoleExplanation[] {
  return [...ledgers.formerFramework(frameworkId)].map(([role, heldBack]) => ({
    frameworkId,
    role,
    active: false,
    suppressed: false,
    roleTurn: undefined,
    frameworkTurn: undefined,
    agents: [],
    heldBack: heldBack.told(),
  }));
}

/** What a framework would wait for if it came to a role, understood everything and was next. */
function explainNewcomer(
  { agents, quotas }: Books,
  role: string,
  wanted: Resources | undefined,
  options: ExplainOptions,
): RoleExplanation {
  const newcomer = newcomerIn(role);
  return {
    frameworkId: newcomer.id,
    role,
    active: true,
    suppressed: false,
    roleTurn: undefined,
    frameworkTurn: undefined,
    agents: [...agents.values()].map((agent) => explainAgent(newcomer, role, agent, wanted, options, quotas, 0)),
    heldBack: [],
  };
}

function heldBackInRole(books: Books, name: string): HeldBack[] {
  const role = books.competition.role(name);
  if (role === undefined) return books.ledgers.formerRole(name)?.told() ?? [];
  return heldBackOf(
    role.heldBack.told(stillIn(books)),
    books.ledgers.knownTree(topLevelRole(name))?.told(stillIn(books)) ?? [],
    ...[...role.competitors.values()].map((competitor) => heldBackFrom(books, name, competitor)),
  );
}

function heldBackFrom(books: Books, role: string, { framework, heldBack }: Competitor): HeldBack[] {
  const { active, suppressed } = framework;
  const isStill = stillIn(books);
  return heldBack.told((held) => {
    if (held.reason === 'FRAMEWORK_INACTIVE') return !active;
    if (held.reason === 'SUPPRESSED') return suppressed.has(role);
    return active && !suppressed.has(role) && isStill(held);
  });
}

/** What was so when all agents were looked at last, or on an agent that nothing has changed about since, is so still. */
function stillIn({ agents, isQuiet, wholeMs }: Books): StillHeldBack {
  return (held) => {
    if (held.reason === 'FRAMEWORK_INACTIVE' || held.reason === 'SUPPRESSED') return false;
    if (held.lastMs >= wholeMs) return true;
    return held.agents.some(({ agentId, lastMs }) => {
      const agent = agents.get(agentId);
      return agent?.active === true && !agent.available.isEmpty() && agent.lookedMs === lastMs && isQuiet(agent);
    });
  };
}
