/** Offer constraints: which agents a framework wants to be offered at all, role by role (Mesos 1.11). */
import type {
  AgentInfo,
  Attribute,
  Parsed,
  SchedulerAttributeConstraint,
  SchedulerAttributeConstraint_Predicate,
  SchedulerAttributeConstraint_Selector,
  SchedulerOfferConstraints,
} from '@mesos-ts/protocol';
import { compileRegex, type RegexLimits } from './regex.ts';

/** What of an agent can be asked for. */
export type AgentTraits = Pick<AgentInfo, 'attributes' | 'domain' | 'hostname'>;

/** Whether an agent is one that a framework does not want in a role. */
export type OfferConstraintsFilter = (role: string, agent: AgentTraits) => boolean;

/** Of an agent that nothing is known of. */
export const withoutTraits: AgentTraits = { hostname: '' };

/** What holds where nothing is asked for. */
export const excludesNone: OfferConstraintsFilter = () => false;

function understood<T>(value: T): Parsed<T> {
  return { value };
}

function refused(error: string): { readonly error: string } {
  return { error };
}

/** A trait: nothing where the agent has none of that name, or that is no text. */
type Trait = { readonly text: string | undefined } | undefined;
type TraitOf = (agent: AgentTraits) => Trait;
type Test = (trait: Trait) => boolean;
type Constraint = (agent: AgentTraits) => boolean;

/**
 * Understands offer constraints. An agent is wanted where all constraints of at least one group hold; in a role without groups every
 * agent is. Refuses, in Mesos's words, what means nothing.
 */
export function readOfferConstraints(
  constraints: SchedulerOfferConstraints,
  limits: RegexLimits,
): Parsed<OfferConstraintsFilter> {
  const excludesIn = new Map<string, (agent: AgentTraits) => boolean>();
  for (const [role, { groups = [] }] of Object.entries(constraints.role_constraints ?? {})) {
    if (groups.length === 0) {
      return refused(`'OfferConstraints::role_constraints' has an empty 'RoleConstraints::groups' for role ${role}`);
    }
    const all: Constraint[][] = [];
    for (const { attribute_constraints = [] } of groups) {
      if (attribute_constraints.length === 0) {
        // Without a space after the role, as in Mesos.
        return refused(
          `'OfferConstraints::RoleConstraints::groups' for role ${role}contains an empty RoleConstraints::Group`,
        );
      }
      const group = attribute_constraints.map((constraint) => readConstraint(constraint, limits));
      const wrong = group.find((each) => each.error !== undefined)?.error;
      if (wrong !== undefined) return refused(`A role ${role} has an invalid 'AttributeConstraint': ${wrong}`);
      all.push(group.map(({ value }) => value).filter((each) => each !== undefined));
    }
    excludesIn.set(
      role,
      remembered((agent) => !all.some((group) => group.every((constraint) => constraint(agent)))),
    );
  }
  if (excludesIn.size === 0) return understood(excludesNone);
  return understood((role, agent) => excludesIn.get(role)?.(agent) ?? false);
}

/** Every allocation asks again about the same agents, whose traits seldom change. */
function remembered(excludes: (agent: AgentTraits) => boolean): (agent: AgentTraits) => boolean {
  const known = new WeakMap<AgentTraits, boolean>();
  return (agent) => {
    const before = known.get(agent);
    if (before !== undefined) return before;
    const answer = excludes(agent);
    known.set(agent, answer);
    return answer;
  };
}

function readConstraint(
  { predicate, selector }: SchedulerAttributeConstraint,
  limits: RegexLimits,
): Parsed<Constraint> {
  const trait = readSelector(selector);
  if (trait.value === undefined) return trait;
  const test = readPredicate(predicate, limits);
  if (test.value === undefined) return test;
  const { value: traitOf } = trait;
  const { value: holds } = test;
  return understood((agent) => holds(traitOf(agent)));
}

function readSelector(selector: SchedulerAttributeConstraint_Selector): Parsed<TraitOf> {
  const { attribute_name: name, pseudoattribute_type: pseudo } = selector;
  if (name !== undefined) {
    return understood(({ attributes = [] }) => textOf(attributes.find((attribute) => attribute.name === name)));
  }
  if (pseudo === 'HOSTNAME') return understood(({ hostname }) => ({ text: hostname }));
  if (pseudo === 'REGION') return understood(({ domain }) => named(domain?.fault_domain?.region));
  if (pseudo === 'ZONE') return understood(({ domain }) => named(domain?.fault_domain?.zone));
  if (pseudo === 'UNKNOWN') return refused('Unknown pseudoattribute type');
  return refused(
    "Exactly one of 'AttributeConstraint::Selector::name' or" +
      " 'AttributeConstraint::Selector::pseudoattribute_type' must be set",
  );
}

function textOf(attribute: Attribute | undefined): Trait {
  if (attribute === undefined) return undefined;
  return { text: attribute.type === 'TEXT' ? attribute.text?.value : undefined };
}

function named(part: { readonly name: string } | undefined): Trait {
  return part === undefined ? undefined : { text: part.name };
}

/** What is asked of a text holds for every attribute that is none: as in Mesos, numbers are not compared. */
function readPredicate(predicate: SchedulerAttributeConstraint_Predicate, limits: RegexLimits): Parsed<Test> {
  const { exists, not_exists, text_equals, text_matches, text_not_equals, text_not_matches } = predicate;
  if (exists !== undefined) return understood((trait) => trait !== undefined);
  if (not_exists !== undefined) return understood((trait) => trait === undefined);
  if (text_equals !== undefined) {
    return understood((trait) => trait !== undefined && (trait.text ?? text_equals.value) === text_equals.value);
  }
  if (text_not_equals !== undefined) {
    return understood((trait) => trait?.text === undefined || trait.text !== text_not_equals.value);
  }
  const regex = (text_matches ?? text_not_matches)?.regex;
  if (regex === undefined) return refused('Unknown predicate type');
  const { error, value: matches } = compileRegex(regex, limits);
  if (matches === undefined) return refused(error);
  if (text_matches !== undefined) {
    return understood((trait) => trait !== undefined && (trait.text === undefined || matches(trait.text)));
  }
  return understood((trait) => trait?.text === undefined || !matches(trait.text));
}
