import type { Action } from '../authorization-object.ts';

/**
 * What stands for the objects of a kind of rule: texts that must be equal; roles, where `a/%` is every role below `a`; paths of
 * `authorizableEndpoints`; or all or none, because there is nothing to choose from.
 */
export type ObjectsKind = 'texts' | 'roles' | 'paths' | 'all-or-none';

interface AclRow {
  /** The field of a rule that lists its objects. */
  readonly objects: string;
  readonly kind: ObjectsKind;
}

const users: AclRow = { objects: 'users', kind: 'texts' };
const roles: AclRow = { objects: 'roles', kind: 'roles' };

function allOrNone(objects: string): AclRow {
  return { objects, kind: 'all-or-none' };
}

/** Every list of rules that `--acls` may have, in the order of Mesos's `acls.proto`. */
export const aclTable = {
  register_frameworks: roles,
  run_tasks: users,
  reserve_resources: roles,
  unreserve_resources: { objects: 'reserver_principals', kind: 'texts' },
  create_volumes: roles,
  destroy_volumes: { objects: 'creator_principals', kind: 'texts' },
  teardown_frameworks: { objects: 'framework_principals', kind: 'texts' },
  update_weights: roles,
  get_endpoints: { objects: 'paths', kind: 'paths' },
  get_quotas: roles,
  update_quotas: roles,
  view_frameworks: users,
  view_tasks: users,
  view_executors: users,
  access_sandboxes: users,
  access_mesos_logs: allOrNone('logs'),
  view_roles: roles,
  view_flags: allOrNone('flags'),
  launch_nested_containers_as_user: users,
  launch_nested_containers_under_parent_with_user: users,
  kill_nested_containers: users,
  wait_nested_containers: users,
  launch_nested_container_sessions_as_user: users,
  launch_nested_container_sessions_under_parent_with_user: users,
  attach_containers_input: users,
  attach_containers_output: users,
  view_containers: users,
  set_log_level: allOrNone('level'),
  remove_nested_containers: users,
  register_agents: allOrNone('agents'),
  update_maintenance_schedules: allOrNone('machines'),
  get_maintenance_schedules: allOrNone('machines'),
  start_maintenances: allOrNone('machines'),
  stop_maintenances: allOrNone('machines'),
  get_maintenance_statuses: allOrNone('machines'),
  drain_agents: allOrNone('agents'),
  deactivate_agents: allOrNone('agents'),
  reactivate_agents: allOrNone('agents'),
  mark_agents_gone: allOrNone('agents'),
  launch_standalone_containers: allOrNone('users'),
  kill_standalone_containers: allOrNone('users'),
  wait_standalone_containers: allOrNone('users'),
  remove_standalone_containers: allOrNone('users'),
  view_standalone_containers: allOrNone('users'),
  modify_resource_provider_configs: allOrNone('resource_providers'),
  mark_resource_providers_gone: allOrNone('resource_providers'),
  view_resource_providers: allOrNone('resource_providers'),
  prune_images: allOrNone('images'),
  resize_volumes: roles,
  create_block_disks: roles,
  destroy_block_disks: roles,
  create_mount_disks: roles,
  destroy_mount_disks: roles,
  destroy_raw_disks: roles,
} as const satisfies Readonly<Record<string, AclRow>>;

/** The name of a list of rules. */
export type AclName = keyof typeof aclTable;

/**
 * The list of rules that decides about an action. Launching a nested container has another besides, about the user of what is
 * launched: see `childAclOf`.
 */
export const aclOf: Readonly<Record<Action, AclName>> = {
  REGISTER_FRAMEWORK: 'register_frameworks',
  RUN_TASK: 'run_tasks',
  TEARDOWN_FRAMEWORK: 'teardown_frameworks',
  RESERVE_RESOURCES: 'reserve_resources',
  UNRESERVE_RESOURCES: 'unreserve_resources',
  CREATE_VOLUME: 'create_volumes',
  DESTROY_VOLUME: 'destroy_volumes',
  GET_ENDPOINT_WITH_PATH: 'get_endpoints',
  VIEW_ROLE: 'view_roles',
  UPDATE_WEIGHT: 'update_weights',
  GET_QUOTA: 'get_quotas',
  UPDATE_QUOTA: 'update_quotas',
  VIEW_FRAMEWORK: 'view_frameworks',
  VIEW_TASK: 'view_tasks',
  VIEW_EXECUTOR: 'view_executors',
  ACCESS_SANDBOX: 'access_sandboxes',
  ACCESS_MESOS_LOG: 'access_mesos_logs',
  VIEW_FLAGS: 'view_flags',
  LAUNCH_NESTED_CONTAINER: 'launch_nested_containers_under_parent_with_user',
  KILL_NESTED_CONTAINER: 'kill_nested_containers',
  WAIT_NESTED_CONTAINER: 'wait_nested_containers',
  LAUNCH_NESTED_CONTAINER_SESSION: 'launch_nested_container_sessions_under_parent_with_user',
  ATTACH_CONTAINER_INPUT: 'attach_containers_input',
  ATTACH_CONTAINER_OUTPUT: 'attach_containers_output',
  VIEW_CONTAINER: 'view_containers',
  SET_LOG_LEVEL: 'set_log_level',
  REMOVE_NESTED_CONTAINER: 'remove_nested_containers',
  REGISTER_AGENT: 'register_agents',
  UPDATE_MAINTENANCE_SCHEDULE: 'update_maintenance_schedules',
  GET_MAINTENANCE_SCHEDULE: 'get_maintenance_schedules',
  START_MAINTENANCE: 'start_maintenances',
  STOP_MAINTENANCE: 'stop_maintenances',
  GET_MAINTENANCE_STATUS: 'get_maintenance_statuses',
  DRAIN_AGENT: 'drain_agents',
  DEACTIVATE_AGENT: 'deactivate_agents',
  REACTIVATE_AGENT: 'reactivate_agents',
  MARK_AGENT_GONE: 'mark_agents_gone',
  LAUNCH_STANDALONE_CONTAINER: 'launch_standalone_containers',
  KILL_STANDALONE_CONTAINER: 'kill_standalone_containers',
  WAIT_STANDALONE_CONTAINER: 'wait_standalone_containers',
  REMOVE_STANDALONE_CONTAINER: 'remove_standalone_containers',
  VIEW_STANDALONE_CONTAINER: 'view_standalone_containers',
  MODIFY_RESOURCE_PROVIDER_CONFIG: 'modify_resource_provider_configs',
  MARK_RESOURCE_PROVIDER_GONE: 'mark_resource_providers_gone',
  VIEW_RESOURCE_PROVIDER: 'view_resource_providers',
  PRUNE_IMAGES: 'prune_images',
  RESIZE_VOLUME: 'resize_volumes',
  CREATE_BLOCK_DISK: 'create_block_disks',
  DESTROY_BLOCK_DISK: 'destroy_block_disks',
  CREATE_MOUNT_DISK: 'create_mount_disks',
  DESTROY_MOUNT_DISK: 'destroy_mount_disks',
  DESTROY_RAW_DISK: 'destroy_raw_disks',
};

/** The rules about the user of a nested container that is launched. */
export const childAclOf: Readonly<Partial<Record<Action, AclName>>> = {
  LAUNCH_NESTED_CONTAINER: 'launch_nested_containers_as_user',
  LAUNCH_NESTED_CONTAINER_SESSION: 'launch_nested_container_sessions_as_user',
};
