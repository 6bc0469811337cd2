/** The agent's flags, with Mesos's names and defaults (Mesos's `docs/configuration/agent.md`). */
import { defaultSessionTimeoutMs } from '@mesos-ts/election';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  authenticationFlags,
  authorizationFlags,
  byCertificate,
  commonFlags,
  localAuthorizer,
  modulesFlags,
} from '@mesos-ts/daemon';
import { defineFlags, flag } from '@mesos-ts/flags';
import type { FlagValues } from '@mesos-ts/flags';
import { parseAttributes, parseResources, validateRole } from '@mesos-ts/protocol';

import { isolatorNames } from './containerizer/posix-isolators.ts';
import { parseMasters } from './master-address.ts';

const minuteMs = 60_000;

/** The names that `--isolation` takes besides the isolators' own: `process` is an old name for both of them. */
/** The last of these is always there, as in Mesos. */
const isolations = new Set([...isolatorNames, 'process', 'filesystem/posix', 'environment_secret']);

function unsupported(names: readonly string[], supported: ReadonlySet<string>): string | undefined {
  const name = names.find((candidate) => !supported.has(candidate));
  return name === undefined
    ? undefined
    : `'${name}' is not supported yet: Expecting some of ${[...supported].join(', ')}`;
}

function onlyTexts(value: Readonly<Record<string, unknown>>): string | undefined {
  const entry = Object.entries(value).find(([, text]) => typeof text !== 'string');
  return entry === undefined ? undefined : `Expecting texts only, but '${entry[0]}' has another value`;
}

/** Flags of the agent. Those that Mesos has besides are in `laterFlags`. */
export const agentFlags = defineFlags({
  ...commonFlags({ daemon: 'agent', port: 5051, logShown: 'in /state and as /slave/log' }),
  ...authenticationFlags(),
  jwt_secret_key: flag.path({
    deprecatedAlias: 'executor_secret_key',
    help: 'A file with the key that tokens are signed with (HS256). With it, executors get tokens by which they can prove who they are.',
  }),
  ...authorizationFlags(),
  ...modulesFlags(),
  attributes: flag.string({
    help: "Attributes of the agent, as in 'rack:r1;slots:[1-4]'.",
    validate: (text) => parseAttributes(text).error,
  }),
  authenticate_http_executors: flag.boolean({
    default: false,
    help: 'Whether executors must prove who they are, those that are actors, too. Needs --jwt_secret_key.',
  }),
  authenticatee: flag.choice({
    choices: ['crammd5', byCertificate],
    default: 'crammd5',
    help:
      "How the agent proves who it is: crammd5, by --credential in an answer to a challenge (the name is Mesos's; the answer is made " +
      'with SHA-256); certificate, by its TLS certificate.',
  }),
  authentication_backoff_factor: flag.duration({
    default: 1000,
    min: 1,
    help:
      'A master may take a random time to answer when the agent proves who it is: at least --authentication_timeout_min, ' +
      'and at most this, times two for each attempt, more.',
  }),
  authentication_timeout_max: flag.duration({
    default: minuteMs,
    min: 1,
    help: 'The longest that a master may take to answer when the agent proves who it is.',
  }),
  authentication_timeout_min: flag.duration({
    default: 5000,
    min: 1,
    help: 'The shortest time after which the agent begins anew to prove who it is.',
  }),
  authorizer: flag.string({
    default: localAuthorizer,
    help: 'Who decides what clients may do: local, by --acls, or a module.',
  }),
  containerizers: flag.list({
    default: ['mesos'],
    help: "Which containerizers to use, in order. Only 'mesos' is supported.",
    validate: (names) => unsupported(names, new Set(['mesos'])),
  }),
  credential: flag.path({
    help:
      'A file with the principal and the secret by which the agent proves to the master who it is, as JSON: ' +
      `'{"principal": "ann", "secret": "sesame"}'; or both in a line.`,
  }),
  default_role: flag.string({
    default: '*',
    help: 'The role of resources given by --resources without a role, and of detected ones.',
    validate: validateRole,
  }),
  executor_environment_variables: flag.json({
    shape: 'object',
    help: `Environment variables for all executors, as JSON, for example '{"PATH": "/bin:/usr/bin"}'. Without PATH, executors get the usual one.`,
    validate: onlyTexts,
  }),
  executor_registration_timeout: flag.duration({
    default: minuteMs,
    min: 1,
    help: 'How long an executor may take to register before it is taken for hung and is killed.',
  }),
  executor_reregistration_timeout: flag.duration({
    default: 2000,
    min: 1,
    max: 15_000,
    help: 'The longest pause that an executor which lost its agent makes between two attempts to subscribe again.',
  }),
  executor_shutdown_grace_period: flag.duration({
    default: 5000,
    min: 0,
    help: 'How long an executor may take to end when it is asked to, before it is killed; unless it brings a period of its own.',
  }),
  fetcher_cache_dir: flag.path({
    default: join(tmpdir(), 'mesos', 'fetch'),
    help: 'Where fetched files will be cached. There is no cache yet: every URI is fetched for each task.',
  }),
  fetcher_stall_timeout: flag.duration({
    default: minuteMs,
    min: 1,
    help: 'How long a download may go without a byte before it is given up.',
  }),
  frameworks_home: flag.path({ help: 'Where relative URIs of executors start.' }),
  http_authenticators: flag.list({
    help: 'How HTTP endpoints ask who is there: basic, with --http_credentials, which is the default; jwt, with --jwt_secret_key; certificate, by TLS certificates; a module; or several, as in basic,jwt.',
  }),
  http_credentials: flag.path({
    help:
      'A file of the principals that HTTP endpoints know and their secrets, as JSON: ' +
      `'{"credentials": [{"principal": "ann", "secret": "sesame"}]}'; or one in each line, with a blank between both.`,
  }),
  isolation: flag.list({
    default: ['posix/cpu', 'posix/mem'],
    help: `Isolators, in order: ${isolatorNames.join(', ')}.`,
    validate: (names) => unsupported(names, isolations),
  }),
  launcher: flag.choice({ choices: ['posix'], default: 'posix', help: 'How the processes of containers are started.' }),
  master: flag.string({
    required: true,
    help:
      "Where the master is: 'HOST:PORT' or 'master@IP:PORT'; where there are several, all of them, 'HOST:PORT,HOST:PORT,HOST:PORT', if they " +
      "elect among themselves, or 'zk://[USER:PASSWORD@]HOST:PORT,HOST:PORT/PATH' if ZooKeeper does, or the same with 'etcd://'; or 'file:///path' of a file that holds such.",
    validate: (text) => parseMasters(text).error,
  }),
  max_completed_executors_per_framework: flag.integer({
    default: 150,
    min: 0,
    help: 'How many executors of a framework that have ended are kept for the record.',
  }),
  recovery_timeout: flag.duration({
    default: 15 * minuteMs,
    min: 1,
    help: 'How long executors that have lost their agent wait for it before they end themselves.',
  }),
  registration_backoff_factor: flag.duration({
    default: 1000,
    min: 1,
    help: 'Registration is tried again after random pauses: the first of at most this, later ones of at most twice the one before, up to 1mins.',
  }),
  resources: flag.string({
    help: "What the agent offers, as in 'cpus:4;mem:2048;disk:4096;ports:[31000-31999]'. What is not mentioned is detected.",
    validate: (text) => parseResources(text).error,
  }),
  runtime_dir: flag.path({
    default: '/var/run/mesos',
    help: 'Where files are kept that need not outlive a restart of the machine. Nothing is kept there yet.',
  }),
  secret_resolver: flag.string({
    help: 'The module that finds the values of secrets in the environment of executors and tasks. Without one, secrets must say their values, and references fail.',
  }),
  switch_user: flag.boolean({
    default: true,
    help: "Whether tasks run as their own or their framework's user, which needs root; if not, as the agent's user.",
  }),
  work_dir: flag.path({
    required: true,
    help: "Where the agent keeps the sandboxes of its executors, for example '/var/lib/mesos/agent'.",
  }),
  zk_session_timeout: flag.duration({
    default: defaultSessionTimeoutMs,
    min: 100,
    help: 'How long ZooKeeper or etcd may be away before the agent takes it that nobody leads.',
  }),
});

/** The loaded flags. */
export type AgentFlags = FlagValues<typeof agentFlags>;

/** Flags that Mesos has and this agent will have. Setting one is refused, so that nobody believes that it has an effect. */
export const laterFlags: readonly string[] = [
  'agent_features',
  'agent_subsystems',
  'allowed_devices',
  'appc_simple_discovery_uri_prefix',
  'appc_store_dir',
  'bounding_capabilities',
  'cgroups_cpu_enable_pids_and_tids_count',
  'cgroups_destroy_timeout',
  'cgroups_enable_cfs',
  'cgroups_hierarchy',
  'cgroups_limit_swap',
  'cgroups_net_cls_primary_handle',
  'cgroups_net_cls_secondary_handles',
  'cgroups_root',
  'container_disk_watch_interval',
  'container_logger',
  'container_ports_isolated_range',
  'container_ports_watch_interval',
  'csi_plugin_config_dir',
  'default_container_dns',
  'default_container_info',
  'default_container_shm_size',
  'disallow_sharing_agent_ipc_namespace',
  'disallow_sharing_agent_pid_namespace',
  'disk_profile_adaptor',
  'disk_watch_interval',
  'docker',
  'docker_config',
  'docker_kill_orphans',
  'docker_mesos_image',
  'docker_registry',
  'docker_remove_delay',
  'docker_socket',
  'docker_stop_timeout',
  'docker_store_dir',
  'docker_volume_chown',
  'domain',
  'domain_socket_location',
  'effective_capabilities',
  'enforce_container_disk_quota',
  'enforce_container_ports',
  'executor_reregistration_retry_interval',
  'fetcher_cache_size',
  'gc_delay',
  'gc_disk_headroom',
  'gc_non_executor_container_sandboxes',
  'hadoop_home',
  'hooks',
  'host_path_volume_force_creation',
  'http_executor_domain_sockets',
  'http_heartbeat_interval',
  'image_gc_config',
  'image_providers',
  'image_provisioner_backend',
  'ip_discovery_command',
  'launcher_dir',
  'logbufsecs',
  'logging_level',
  'master_detector',
  'network_cni_config_dir',
  'network_cni_metrics',
  'network_cni_plugins_dir',
  'network_cni_root_dir_persist',
  'nvidia_gpu_devices',
  'oversubscribed_resources_interval',
  'perf_duration',
  'perf_events',
  'perf_interval',
  'qos_controller',
  'qos_correction_interval_min',
  'reconfiguration_policy',
  'recover',
  'resource_estimator',
  'resource_provider_config_dir',
  'revocable_cpu_low_priority',
  'sandbox_directory',
  'strict',
  'systemd_enable_support',
  'systemd_runtime_directory',
  'volume_gid_range',
  'xfs_kill_containers',
  'xfs_project_range',
];
