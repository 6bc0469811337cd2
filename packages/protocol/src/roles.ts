// Roles: the names that resources are shared out and reserved under. They form a tree, with `/` between the levels.

/** The role that unreserved resources belong to. */
export const unreservedRole = '*';

// Tab, line feed, vertical tab, form feed, carriage return, space and delete, as Mesos refuses them.
// oxlint-disable-next-line no-control-regex -- control characters are what the rule is about
const unfitCharacters = /[\u0009-\u000d\u0020\u007f]/;

function validateComponent(role: string, component: string): string | undefined {
  if (component === '.' || component === '..' || component === unreservedRole) {
    return `Role '${role}' cannot include '${component}' as a component`;
  }
  if (component.startsWith('-')) return `Role component '${component}' is invalid because it starts with a dash`;
  if (unfitCharacters.test(component)) {
    return `Role component '${component}' is invalid because it contains backspace or whitespace`;
  }
  return undefined;
}

/** Says what is wrong with a role's name, in Mesos's words, or nothing. `*` is a valid role. */
export function validateRole(role: string): string | undefined {
  if (role === unreservedRole) return undefined;
  if (role === '') return 'Role names cannot be the empty string';
  if (role.startsWith('/')) return `Role '${role}' cannot start with a slash`;
  if (role.endsWith('/')) return `Role '${role}' cannot end with a slash`;
  if (role.includes('//')) return `Role '${role}' cannot contain two adjacent slashes`;
  for (const component of role.split('/')) {
    const error = validateComponent(role, component);
    if (error !== undefined) return error;
  }
  return undefined;
}

/** Whether `role` lies below `ancestor` in the tree of roles: `eng/web` below `eng`. No role lies below itself. */
export function isStrictSubroleOf(role: string, ancestor: string): boolean {
  return role.length > ancestor.length && role[ancestor.length] === '/' && role.startsWith(ancestor);
}

/** The role at the top of the tree that this one is below, or is: `a` for `a/b/c`. */
export function topLevelRole(role: string): string {
  const end = role.indexOf('/');
  return end < 0 ? role : role.slice(0, end);
}

/** The roles above this one, the nearest first: `a/b`, `a` for `a/b/c`. */
export function roleAncestors(role: string): string[] {
  const ancestors: string[] = [];
  for (let end = role.lastIndexOf('/'); end > 0; end = role.lastIndexOf('/', end - 1)) {
    ancestors.push(role.slice(0, end));
  }
  return ancestors;
}
