import { frameworkRoles, type Resource } from '@mesos-ts/protocol';
import type { Action, AuthorizationObject } from '../authorization-object.ts';

type Name = (object: AuthorizationObject) => string | undefined;

/** Whom an executor runs as. */
const executorUser: Name = ({ executor_info, framework_info }) => executor_info?.command?.user ?? framework_info?.user;

/** Whom an executor runs as, or, without one, the container itself. */
const executorUserOrContainer: Name = (object) => executorUser(object) ?? object.container_id?.value;

const taskUser: Name = ({ framework_info, task, task_info }) =>
  task?.user ?? task_info?.command?.user ?? task_info?.executor?.command?.user ?? framework_info?.user;

const value: Name = (object) => object.value;
const nothing: Name = () => undefined;

/** The role that a resource is reserved for at last. */
const role: Name = (object) => (object.resource === undefined ? object.value : roleOf(object.resource));

function roleOf({ reservations = [], role: unrefined }: Resource): string {
  return reservations.at(-1)?.role ?? unrefined ?? '*';
}

/** Who has made the last reservation of a resource; empty for nobody in particular. */
const reserver: Name = ({ resource, value: principal }) =>
  resource === undefined
    ? principal
    : (((resource.reservations ?? []).length > 0
        ? resource.reservations?.at(-1)?.principal
        : resource.reservation?.principal) ?? '');

const creator: Name = ({ resource, value: principal }) =>
  resource === undefined ? principal : (resource.disk?.persistence?.principal ?? '');

/** By what rules know the object of each action. REGISTER_FRAMEWORK, which may have several, is apart. */
const names: Readonly<Record<Exclude<Action, 'REGISTER_FRAMEWORK'>, Name>> = {
  RUN_TASK: taskUser,
  TEARDOWN_FRAMEWORK: ({ framework_info }) =>
    framework_info === undefined ? undefined : (framework_info.principal ?? ''),
  RESERVE_RESOURCES: role,
  UNRESERVE_RESOURCES: reserver,
  CREATE_VOLUME: role,
  DESTROY_VOLUME: creator,
  GET_ENDPOINT_WITH_PATH: value,
  VIEW_ROLE: value,
  UPDATE_WEIGHT: ({ weight_info }) => weight_info?.role,
  GET_QUOTA: value,
  UPDATE_QUOTA: value,
  VIEW_FRAMEWORK: ({ framework_info }) => framework_info?.user,
  VIEW_TASK: taskUser,
  VIEW_EXECUTOR: executorUser,
  ACCESS_SANDBOX: executorUser,
  ACCESS_MESOS_LOG: nothing,
  VIEW_FLAGS: nothing,
  LAUNCH_NESTED_CONTAINER: executorUser,
  KILL_NESTED_CONTAINER: executorUserOrContainer,
  WAIT_NESTED_CONTAINER: executorUserOrContainer,
  LAUNCH_NESTED_CONTAINER_SESSION: executorUser,
  ATTACH_CONTAINER_INPUT: executorUserOrContainer,
  ATTACH_CONTAINER_OUTPUT: executorUserOrContainer,
  VIEW_CONTAINER: executorUser,
  SET_LOG_LEVEL: nothing,
  REMOVE_NESTED_CONTAINER: executorUserOrContainer,
  REGISTER_AGENT: nothing,
  UPDATE_MAINTENANCE_SCHEDULE: nothing,
  GET_MAINTENANCE_SCHEDULE: nothing,
  START_MAINTENANCE: nothing,
  STOP_MAINTENANCE: nothing,
  GET_MAINTENANCE_STATUS: nothing,
  DRAIN_AGENT: nothing,
  DEACTIVATE_AGENT: nothing,
  REACTIVATE_AGENT: nothing,
  MARK_AGENT_GONE: nothing,
  LAUNCH_STANDALONE_CONTAINER: nothing,
  KILL_STANDALONE_CONTAINER: nothing,
  WAIT_STANDALONE_CONTAINER: nothing,
  REMOVE_STANDALONE_CONTAINER: nothing,
  VIEW_STANDALONE_CONTAINER: nothing,
  MODIFY_RESOURCE_PROVIDER_CONFIG: nothing,
  MARK_RESOURCE_PROVIDER_GONE: nothing,
  VIEW_RESOURCE_PROVIDER: nothing,
  PRUNE_IMAGES: nothing,
  RESIZE_VOLUME: role,
  CREATE_BLOCK_DISK: role,
  DESTROY_BLOCK_DISK: role,
  CREATE_MOUNT_DISK: role,
  DESTROY_MOUNT_DISK: role,
  DESTROY_RAW_DISK: role,
};

/** By what rules know an object; undefined stands for any object. */
export function nameOf(action: Exclude<Action, 'REGISTER_FRAMEWORK'>, object: AuthorizationObject): string | undefined {
  return names[action](object);
}

/** The roles of a framework, which may be none; undefined stands for any. All of them must be allowed. */
export function rolesOf({ framework_info }: AuthorizationObject): readonly (string | undefined)[] {
  return framework_info === undefined ? [undefined] : frameworkRoles(framework_info);
}
