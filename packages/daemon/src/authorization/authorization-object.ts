import type {
  CommandInfo,
  ContainerID,
  ExecutorInfo,
  FrameworkInfo,
  MachineID,
  Resource,
  Task,
  TaskInfo,
  WeightInfo,
} from '@mesos-ts/protocol';

/**
 * What somebody wants to act on (Mesos's `authorization::Object`). Which fields count is up to the action; without the one that an
 * action looks for, anything is meant.
 */
export interface AuthorizationObject {
  /** A role, a principal or a path, as the action has it. */
  readonly value?: string | undefined;
  readonly framework_info?: FrameworkInfo | undefined;
  /** As the master and the agent keep it, or as it is launched: the user of a task stands in either. */
  readonly task?: Pick<Task, 'user'> | undefined;
  readonly task_info?: TaskInfo | undefined;
  readonly executor_info?: ExecutorInfo | undefined;
  readonly command_info?: CommandInfo | undefined;
  readonly container_id?: ContainerID | undefined;
  readonly machine_id?: MachineID | undefined;
  readonly resource?: Resource | undefined;
  readonly weight_info?: WeightInfo | undefined;
}

type With<F extends keyof AuthorizationObject> = { readonly [K in F]-?: NonNullable<AuthorizationObject[K]> };

/** Nothing in particular: the flags, the log, agents as such. */
type None = readonly [];
type OfFramework = readonly [object: With<'framework_info'>];
/** A container of an executor. */
type OfExecutor = readonly [object: With<'executor_info' | 'framework_info'>];
type OfContainer = readonly [object: With<'executor_info' | 'framework_info' | 'container_id'>];
/** A container to launch. Without a command it is the one of the image, whose user nobody knows. */
type OfLaunch = readonly [
  object: With<'executor_info' | 'framework_info' | 'container_id'> & Pick<AuthorizationObject, 'command_info'>,
];
type OfMachine = readonly [object: With<'machine_id'>];
/** A reserved resource; a role or the principal that has reserved it; or, left out, any. */
type OfResource = readonly [object?: With<'resource'> | With<'value'>];
type OfRole = readonly [object: With<'value'>];

/** For each action what is to be told of its object, as the arguments of `Approvers.approves` that follow the action. */
export interface ActionObjects {
  readonly REGISTER_FRAMEWORK: OfFramework;
  readonly RUN_TASK: readonly [object: With<'framework_info' | 'task_info'>];
  readonly TEARDOWN_FRAMEWORK: readonly [object?: With<'framework_info'>];
  readonly RESERVE_RESOURCES: OfResource;
  readonly UNRESERVE_RESOURCES: OfResource;
  readonly CREATE_VOLUME: OfResource;
  readonly DESTROY_VOLUME: OfResource;
  /** `value` is the path of one of `authorizableEndpoints`. */
  readonly GET_ENDPOINT_WITH_PATH: readonly [object: With<'value'>];
  readonly VIEW_ROLE: OfRole;
  readonly UPDATE_WEIGHT: readonly [object?: With<'weight_info'>];
  readonly GET_QUOTA: OfRole;
  readonly VIEW_FRAMEWORK: OfFramework;
  readonly VIEW_TASK: readonly [object: With<'framework_info'> & (With<'task'> | With<'task_info'>)];
  readonly VIEW_EXECUTOR: OfExecutor;
  /** Left out for a sandbox whose executor nobody knows any more. */
  readonly ACCESS_SANDBOX: readonly [object?: With<'executor_info' | 'framework_info'>];
  readonly ACCESS_MESOS_LOG: None;
  readonly VIEW_FLAGS: None;
  readonly LAUNCH_NESTED_CONTAINER: OfLaunch;
  readonly KILL_NESTED_CONTAINER: OfContainer;
  readonly WAIT_NESTED_CONTAINER: OfContainer;
  readonly LAUNCH_NESTED_CONTAINER_SESSION: OfLaunch;
  readonly ATTACH_CONTAINER_INPUT: OfContainer;
  readonly ATTACH_CONTAINER_OUTPUT: OfContainer;
  readonly VIEW_CONTAINER: OfExecutor;
  readonly SET_LOG_LEVEL: None;
  readonly REMOVE_NESTED_CONTAINER: OfContainer;
  readonly REGISTER_AGENT: None;
  readonly UPDATE_MAINTENANCE_SCHEDULE: OfMachine;
  readonly GET_MAINTENANCE_SCHEDULE: OfMachine;
  readonly START_MAINTENANCE: OfMachine;
  readonly STOP_MAINTENANCE: OfMachine;
  readonly GET_MAINTENANCE_STATUS: OfMachine;
  readonly MARK_AGENT_GONE: None;
  /** The container counts for local resource providers only, whose tokens name a prefix. */
  readonly LAUNCH_STANDALONE_CONTAINER: readonly [object: With<'container_id'>];
  readonly KILL_STANDALONE_CONTAINER: readonly [object: With<'container_id'>];
  readonly WAIT_STANDALONE_CONTAINER: readonly [object: With<'container_id'>];
  readonly REMOVE_STANDALONE_CONTAINER: readonly [object: With<'container_id'>];
  readonly VIEW_STANDALONE_CONTAINER: readonly [object: With<'container_id'>];
  readonly MODIFY_RESOURCE_PROVIDER_CONFIG: None;
  readonly PRUNE_IMAGES: None;
  readonly RESIZE_VOLUME: OfResource;
  readonly CREATE_BLOCK_DISK: OfResource;
  readonly DESTROY_BLOCK_DISK: OfResource;
  readonly CREATE_MOUNT_DISK: OfResource;
  readonly DESTROY_MOUNT_DISK: OfResource;
  readonly VIEW_RESOURCE_PROVIDER: None;
  readonly MARK_RESOURCE_PROVIDER_GONE: None;
  readonly DESTROY_RAW_DISK: OfResource;
  /** `value` is the role, both for the call of old and that of today (`UPDATE_QUOTA_WITH_CONFIG` in Mesos). */
  readonly UPDATE_QUOTA: OfRole;
  readonly DRAIN_AGENT: None;
  readonly DEACTIVATE_AGENT: None;
  readonly REACTIVATE_AGENT: None;
}

/** Something that may be allowed or not, by its name in Mesos (`authorization::Action`). */
export type Action = keyof ActionObjects;
