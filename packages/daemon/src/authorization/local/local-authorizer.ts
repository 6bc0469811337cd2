import { approversBy, type Approvers } from '../approvers.ts';
import { aclOf, aclTable, childAclOf, type AclName } from './acl-table.ts';
import { nameOf, rolesOf } from './objects.ts';
import { rulesFor, type Rules } from './rules.ts';
import type { Principal } from '@mesos-ts/libprocess';
import type { ContainerID } from '@mesos-ts/protocol';
import type { Authorizer } from '../authorizer.ts';
import type { Action, AuthorizationObject } from '../authorization-object.ts';
import type { Acls } from './acls.ts';

/** What executors may do to the containers below their own by their token alone (Mesos's implicit executor authorisation). */
const executorActions: ReadonlySet<Action> = new Set<Action>([
  'LAUNCH_NESTED_CONTAINER',
  'WAIT_NESTED_CONTAINER',
  'KILL_NESTED_CONTAINER',
  'LAUNCH_NESTED_CONTAINER_SESSION',
  'REMOVE_NESTED_CONTAINER',
  'ATTACH_CONTAINER_OUTPUT',
]);

/** What local resource providers may do to containers whose ids begin as their token says. */
const resourceProviderActions: ReadonlySet<Action> = new Set<Action>([
  'LAUNCH_STANDALONE_CONTAINER',
  'WAIT_STANDALONE_CONTAINER',
  'KILL_STANDALONE_CONTAINER',
  'REMOVE_STANDALONE_CONTAINER',
  'VIEW_STANDALONE_CONTAINER',
]);

/** Executors and resource providers whose rights are kept prepared. */
const claimsMax = 1000;

/**
 * Decides by the rules of `--acls` (Mesos's local authorizer, with the same order of rules and the same defaults). Principals of whom all
 * rules say the same have the same approvers, so that what is kept for those who may see the same is kept once.
 */
export class LocalAuthorizer implements Authorizer {
  /** The rules, which may be given to another thread. */
  readonly acls: Acls;
  /** The rules that name somebody, by whom they name. To the others all rules are alike. */
  readonly #rulesOf: ReadonlyMap<string, string>;
  /** By the rules that name the principal: no more than there are names in rules, and one. */
  readonly #prepared = new Map<string, Approvers>();
  /** Of those who have claims alone. */
  readonly #claimants = new Map<string, Approvers>();

  constructor(acls: Acls) {
    this.acls = acls;
    this.#rulesOf = rulesByName(acls);
  }

  approvers(principal: Principal | undefined): Approvers {
    // Rules know names. Whoever has claims alone is an executor or a resource provider, or may do nothing.
    if (principal !== undefined && principal.value === undefined) return this.#claimant(principal.claims ?? {});
    const name = principal?.value;
    const rules = name === undefined ? '' : (this.#rulesOf.get(name) ?? '');
    const known = this.#prepared.get(rules);
    if (known !== undefined) return known;
    const made = this.#approversOf(name);
    this.#prepared.set(rules, made);
    return made;
  }

  #claimant({ cid, cid_prefix: prefix }: Readonly<Record<string, string>>): Approvers {
    const key = JSON.stringify([cid, prefix]);
    const known = this.#claimants.get(key);
    if (known !== undefined) return known;
    if (this.#claimants.size >= claimsMax) this.#claimants.clear();
    const made = approversOfClaims(cid, prefix);
    this.#claimants.set(key, made);
    return made;
  }

  #approversOf(principal: string | undefined): Approvers {
    const prepared = new Map<AclName, Rules>();
    const rules = (name: AclName): Rules => {
      const known = prepared.get(name);
      if (known !== undefined) return known;
      const made = this.#prepare(name, principal);
      prepared.set(name, made);
      return made;
    };
    return approversBy((action, object) => this.#approves(rules, action, object));
  }

  #approves(rules: (name: AclName) => Rules, action: Action, object: AuthorizationObject | undefined): boolean {
    const { allows } = rules(aclOf[action]);
    if (object === undefined) return allows(undefined);
    if (action === 'REGISTER_FRAMEWORK') {
      const roles = rolesOf(object);
      // A framework without a role asks for nothing that a rule could be about.
      return roles.length === 0 ? this.acls.permissive : roles.every(allows);
    }
    if (!allows(nameOf(action, object))) return false;
    const child = childAclOf[action];
    if (child === undefined || object.command_info === undefined) return true;
    return rules(child).allows(object.command_info.user);
  }

  #prepare(name: AclName, principal: string | undefined): Rules {
    const isRoles = aclTable[name].kind === 'roles';
    return rulesFor(this.acls.rules[name] ?? [], principal, { isRoles, permissive: this.acls.permissive });
  }
}

/** The places of the rules that name a principal, for each that is named. */
function rulesByName({ rules }: Acls): Map<string, string> {
  const places = new Map<string, string>();
  for (const [list, acls] of Object.entries(rules)) {
    for (const [place, { principals }] of acls.entries()) {
      if (principals.type !== 'SOME') continue;
      for (const name of new Set(principals.values)) {
        places.set(name, `${places.get(name) ?? ''}${list}[${place}] `);
      }
    }
  }
  return places;
}

function approversOfClaims(cid: string | undefined, prefix: string | undefined): Approvers {
  return approversBy((action, object) => {
    const container = object?.container_id;
    if (container === undefined) return false;
    if (executorActions.has(action)) return cid !== undefined && rootOf(container) === cid;
    return resourceProviderActions.has(action) && prefix !== undefined && container.value.startsWith(prefix);
  });
}

/** The id of the container in which all those that it is nested in are. */
function rootOf(container: ContainerID): string {
  let root = container;
  while (root.parent !== undefined) root = root.parent;
  return root.value;
}
