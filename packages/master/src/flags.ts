/** The master's flags, with Mesos's names and defaults (Mesos's `docs/configuration/master.md`). */
import { authenticationFlags, authorizationFlags, commonFlags, localAuthorizer, modulesFlags } from '@mesos-ts/daemon';
import { defaultLeaseMs, defaultSessionTimeoutMs, parseElectionAddress, parseMasters } from '@mesos-ts/election';
import type { ServiceAddress } from '@mesos-ts/election';
import { defineFlags, flag } from '@mesos-ts/flags';
import { parseResources, validateRole, type ResourceQuantities } from '@mesos-ts/protocol';
import { defaultRegexLimits } from './allocator/regex.ts';
import {
  agentReregisterTimeoutMinMs,
  defaultCompletedFrameworksMax,
  defaultCompletedTasksMax,
  defaultHeartbeatIntervalMs,
  defaultSubscribersMax,
  defaultUnreachableTasksMax,
} from './constants.ts';
import { byChallenge } from './authentications.ts';
import { parseRateLimits } from './rate-limits.ts';
import { parseRemovalRate } from './removal-limit.ts';
import type { FlagValues, Parsed } from '@mesos-ts/flags';
import type { MasterSettings } from './options.ts';

const minuteMs = 60_000;

/** Flags of the master. Those that Mesos has besides are in `laterFlags`. */
export const masterFlags = defineFlags({
  ...commonFlags({ daemon: 'master', port: 5050, logShown: 'in /state' }),
  ...authenticationFlags(),
  ...authorizationFlags(),
  ...modulesFlags(),
  agent_ping_timeout: flag.duration({
    default: 15_000,
    min: 1000,
    max: 15 * minuteMs,
    deprecatedAlias: 'slave_ping_timeout',
    help: 'How long an agent may take to answer a ping.',
  }),
  agent_reregister_timeout: flag.duration({
    default: agentReregisterTimeoutMinMs,
    min: agentReregisterTimeoutMinMs,
    deprecatedAlias: 'slave_reregister_timeout',
    help:
      'How long an agent whose connection broke, or whose master was replaced by another, may take to come back before it is ' +
      'marked unreachable.',
  }),
  agent_removal_rate_limit: flag.string({
    deprecatedAlias: 'slave_removal_rate_limit',
    help:
      'How many agents that answer no pings, or do not come back, are marked unreachable in which time, as in ' +
      "'1/10mins' or '2/3hrs'. Without it, all of them at once.",
    validate: (text) => parseRemovalRate(text).error,
  }),
  allocation_interval: flag.duration({
    default: 1000,
    min: 1,
    help: 'Time between (batch) allocations of all free resources.',
  }),
  allocator_agent_recovery_factor: flag.string({
    default: '0.8',
    help: 'Where there are quotas: which part of the agents of the registry, from 0 to 1, must be back before a new master offers anything.',
    validate: (text) => parseFactor(text).error,
  }),
  allocator_recovery_timeout: flag.duration({
    default: 600_000,
    min: 0,
    help: 'How long a new master waits for these agents.',
  }),
  allocator: flag.choice({ choices: ['hierarchical'], default: 'hierarchical', help: 'The allocator.' }),
  authenticate_agents: flag.boolean({
    default: false,
    deprecatedAlias: 'authenticate_slaves',
    help: 'Whether only agents that have proved who they are may register.',
  }),
  authenticate_frameworks: flag.boolean({
    default: false,
    deprecatedAlias: 'authenticate',
    help: 'Whether only frameworks that have proved who they are may subscribe as actors. For those over HTTP there is --authenticate_http_frameworks.',
  }),
  authenticate_http_frameworks: flag.boolean({
    default: false,
    help: 'Whether the scheduler API asks frameworks over HTTP who they are.',
  }),
  authentication_v0_timeout: flag.duration({
    default: 15_000,
    min: 1,
    help: 'How long an agent or a framework may take to prove who it is. Does not count for HTTP.',
  }),
  authenticators: flag.list({
    default: [byChallenge],
    help:
      "How agents and frameworks that are actors prove who they are: crammd5, by an answer to a challenge (the name is Mesos's; " +
      'the answer is made with SHA-256); certificate, by the common name of their TLS certificate; a module; or several of these.',
  }),
  authorizers: flag.string({
    default: localAuthorizer,
    help: 'Who decides what clients may do: local, by --acls, or a module.',
  }),
  cluster: flag.string({
    help: 'A name of the cluster for people. A master does not start with the replicated log of a cluster of another name.',
  }),
  credentials: flag.path({
    help:
      'A file of the principals that are known and their secrets, as JSON: ' +
      `'{"credentials": [{"principal": "ann", "secret": "sesame"}]}'; or one in each line, with a blank between both.`,
  }),
  fair_sharing_excluded_resource_names: flag.list({
    default: [],
    help: "Resources that do not count towards fair shares, as in 'gpus'.",
  }),
  filter_gpu_resources: flag.boolean({
    default: true,
    help: 'Whether agents with GPUs are offered only to frameworks with the GPU_RESOURCES capability.',
  }),
  framework_sorter: flag.choice({
    choices: ['drf'],
    default: 'drf',
    help: 'How resources are shared out between the frameworks of a role.',
  }),
  http_authenticators: flag.list({
    default: ['basic'],
    help: 'How HTTP endpoints ask who is there: basic, with --credentials; jwt, with --jwt_secret_key; certificate, by TLS certificates; a module; or several, as in basic,jwt.',
  }),
  http_framework_authenticators: flag.list({
    help: 'How the scheduler API asks who is there, as --http_authenticators. Needed by --authenticate_http_frameworks.',
  }),
  http_heartbeat_interval: flag.duration({
    default: defaultHeartbeatIntervalMs,
    min: 100,
    max: 15 * minuteMs,
    help:
      "How often schedulers and operators that are subscribed hear HEARTBEAT. Mesos's masters have no such flag, and the default is their " +
      'interval; some clients give up sooner.',
  }),
  log_auto_initialize: flag.boolean({
    default: true,
    help:
      'Whether a replicated log that all masters find empty is a new one. Otherwise `mesos-log initialize` has to say so on each machine, ' +
      'once.',
  }),
  master_lease: flag.duration({
    default: defaultLeaseMs,
    min: 100,
    help:
      'With --masters: how long the leading master leads without being confirmed by a quorum of them. Mesos has no such flag. Another leads ' +
      'after up to twice as long.',
  }),
  masters: flag.string({
    help:
      'All masters, where there are several and no service outside elects the leading one: HOST:PORT,HOST:PORT,HOST:PORT, this one among ' +
      'them, the same list for each. They elect among themselves. Mesos has no such flag; its masters need ZooKeeper.',
    validate: (text) => parseMasters(text).error,
  }),
  max_agent_ping_timeouts: flag.integer({
    default: 5,
    min: 1,
    deprecatedAlias: 'max_slave_ping_timeouts',
    help: 'After how many unanswered pings an agent is marked unreachable.',
  }),
  max_completed_frameworks: flag.integer({
    default: defaultCompletedFrameworksMax,
    min: 0,
    help: 'How many frameworks that have ended are kept for the record.',
  }),
  max_completed_tasks_per_framework: flag.integer({
    default: defaultCompletedTasksMax,
    min: 0,
    help: 'How many tasks of a framework that have ended are kept for the record.',
  }),
  max_operator_event_stream_subscribers: flag.integer({
    default: defaultSubscribersMax,
    min: 1,
    help: 'How many operators may be subscribed to events at a time; the oldest gives way to one more.',
  }),
  max_unreachable_tasks_per_framework: flag.integer({
    default: defaultUnreachableTasksMax,
    min: 0,
    help: 'How many unreachable tasks of a framework are kept.',
  }),
  min_allocatable_resources: flag.string({
    default: 'cpus:0.01|mem:32',
    help: "The least that is worth an offer: one of these sets, as in 'disk:1|cpus:1;mem:32'. Empty: anything.",
    validate: (text) => parseMinima(text).error,
  }),
  offer_constraints_re2_max_mem: flag.bytes({
    default: defaultRegexLimits.memoryMax,
    help:
      'How much memory each regular expression of offer constraints may take, as RE2 would need it. A framework that asks ' +
      'for more is refused.',
  }),
  offer_constraints_re2_max_program_size: flag.integer({
    default: defaultRegexLimits.programSizeMax,
    min: 0,
    help:
      'How many instructions each regular expression of offer constraints may be compiled to. A framework that asks for ' +
      'more is refused.',
  }),
  offer_timeout: flag.duration({
    min: 1,
    help: 'How long a framework may keep an offer before it is rescinded. Without it, as long as it likes.',
  }),
  publish_per_framework_metrics: flag.boolean({
    default: true,
    help: 'Whether each framework has metrics of its own, some sixty. Where frameworks come and go by thousands, they are many.',
  }),
  quorum: flag.integer({
    min: 1,
    help:
      'How many masters have to agree: more than half of all that there are. With --masters it follows from the list; with --zk it is ' +
      'needed for the registry in the replicated log.',
  }),
  rate_limits: flag.json({
    shape: 'object',
    help:
      'How many messages a second frameworks that are actors may send, as JSON or as file:///path to it, for example ' +
      `'{"limits": [{"principal": "ann", "qps": 55.5, "capacity": 100}], "aggregate_default_qps": 33.3}'. ` +
      'Those of principals that are not listed share the default. Without qps, there is no limit.',
    validate: (json) => parseRateLimits(json).error,
  }),
  recovery_agent_removal_limit: flag.string({
    default: '100%',
    deprecatedAlias: 'recovery_slave_removal_limit',
    help:
      'Which part of the agents of the registry may be marked unreachable because they did not come to a new master within ' +
      '--agent_reregister_timeout. When it is more, the master ends instead, so that somebody looks for the reason.',
    validate: (text) => parsePercentage(text).error,
  }),
  registry: flag.choice({
    choices: ['replicated_log', 'in_memory'],
    help:
      'Where the registry is kept: what the next master has to know. in_memory: it ends with this program. By default replicated_log, in ' +
      'the folder replicated_log of --work_dir; in_memory where there is neither --work_dir nor --zk.',
  }),
  registry_fetch_timeout: flag.duration({
    default: minuteMs,
    min: 1,
    help: 'How long reading the registry may take. When it takes longer, the master ends.',
  }),
  registry_gc_interval: flag.duration({
    default: 15 * minuteMs,
    min: 1000,
    help: 'How often agents that have been unreachable or gone for long are removed from the registry.',
  }),
  registry_max_agent_age: flag.duration({
    default: 14 * 24 * 60 * minuteMs,
    min: 0,
    help: 'How long agents that are unreachable or gone are kept in the registry, so that frameworks can be told of them.',
  }),
  registry_max_agent_count: flag.integer({
    default: 100 * 1024,
    min: 0,
    help: 'How many agents that are unreachable, and how many that are gone, are kept in the registry: the newest.',
  }),
  registry_store_timeout: flag.duration({
    default: 20_000,
    min: 1,
    help: 'How long writing the registry may take. When it takes longer, the master ends.',
  }),
  registry_strict: flag.boolean({
    default: false,
    help: 'Disabled, as in Mesos: what the registry says always counts.',
    validate: (isStrict) => (isStrict ? 'Support for it has been disabled' : undefined),
  }),
  role_sorter: flag.choice({
    choices: ['drf'],
    default: 'drf',
    help: 'How resources are shared out between roles.',
  }),
  roles: flag.list({
    help: 'The only roles that frameworks may be in, besides *. Without it, any.',
    validate: (roles) => roles.map(validateRole).find((error) => error !== undefined),
  }),
  root_submissions: flag.boolean({ default: true, help: 'Whether frameworks of user root may register.' }),
  weights: flag.string({
    help: "Weights of roles, which are 1 otherwise, as in 'eng=2,ads=1.5'.",
    validate: (text) => parseWeights(text).error,
  }),
  work_dir: flag.path({
    help: "Where the master keeps what must survive it, for example '/var/lib/mesos/master': its registry.",
  }),
  zk: flag.string({
    help:
      'Who elects the leading master, where there are several: zk://[USER:PASSWORD@]HOST:PORT,HOST:PORT/PATH for ZooKeeper, ' +
      'etcd://[USER:PASSWORD@]HOST:PORT,HOST:PORT/PREFIX for etcd, or file:///path of a file that holds such.',
    validate: (text) => parseElectionService(text).error,
  }),
  zk_session_timeout: flag.duration({
    default: defaultSessionTimeoutMs,
    min: 100,
    help: 'How long ZooKeeper or etcd may hear nothing of a master before another leads. etcd counts in whole seconds.',
  }),
});

/** The loaded flags. */
export type MasterFlags = FlagValues<typeof masterFlags>;

/** Reads `--zk`. */
export function parseElectionService(text: string): Parsed<ServiceAddress> {
  const parsed = parseElectionAddress(text);
  if (parsed.error !== undefined) return parsed;
  const { value } = parsed;
  if (value.kind === 'zookeeper' || value.kind === 'etcd') return { value };
  return { error: 'Expecting zk://HOST:PORT,HOST:PORT/PATH or etcd://HOST:PORT,HOST:PORT/PREFIX' };
}

/** Flags that Mesos has and this master will have. Setting one is refused, so that nobody believes that it has an effect. */
export const laterFlags: readonly string[] = [
  'domain',
  'hooks',
  'ip_discovery_command',
  'logbufsecs',
  'logging_level',
  'master_contender',
  'master_detector',
  'max_executors_per_agent',
  'memory_profiling',
  'require_agent_domain',
  'webui_dir',
  'whitelist',
];

/** What the flags say to the master. Throws nothing for flags that were loaded; values of the wrong form count as not given. */
export function settingsOf(flags: MasterFlags): MasterSettings {
  return {
    cluster: flags.cluster,
    rateLimits: flags.rate_limits === undefined ? undefined : parseRateLimits(flags.rate_limits).value,
    allocationIntervalMs: flags.allocation_interval,
    agentPingTimeoutMs: flags.agent_ping_timeout,
    agentPingTimeoutsMax: flags.max_agent_ping_timeouts,
    agentReregisterTimeoutMs: flags.agent_reregister_timeout,
    agentRemovalRate:
      flags.agent_removal_rate_limit === undefined ? undefined : parseRemovalRate(flags.agent_removal_rate_limit).value,
    recoveryAgentRemovalLimit: parsePercentage(flags.recovery_agent_removal_limit).value ?? 1,
    allocatorAgentRecoveryFactor: parseFactor(flags.allocator_agent_recovery_factor).value ?? 0.8,
    allocatorRecoveryTimeoutMs: flags.allocator_recovery_timeout,
    registryGcIntervalMs: flags.registry_gc_interval,
    registryAgentAgeMaxMs: flags.registry_max_agent_age,
    registryAgentsMax: flags.registry_max_agent_count,
    offerTimeoutMs: flags.offer_timeout,
    roles: flags.roles === undefined ? undefined : new Set(flags.roles),
    weights: parseWeights(flags.weights ?? '').value ?? new Map(),
    rootSubmissions: flags.root_submissions,
    completedFrameworksMax: flags.max_completed_frameworks,
    completedTasksMax: flags.max_completed_tasks_per_framework,
    unreachableTasksMax: flags.max_unreachable_tasks_per_framework,
    filterGpuResources: flags.filter_gpu_resources,
    publishPerFrameworkMetrics: flags.publish_per_framework_metrics,
    regexLimits: {
      memoryMax: flags.offer_constraints_re2_max_mem,
      programSizeMax: flags.offer_constraints_re2_max_program_size,
    },
    excludedResources: new Set(flags.fair_sharing_excluded_resource_names),
    heartbeatIntervalMs: flags.http_heartbeat_interval,
    subscribersMax: flags.max_operator_event_stream_subscribers,
    minAllocatable: parseMinima(flags.min_allocatable_resources).value ?? [],
  };
}

/** Reads a part of the whole, as in `0.8`. */
function parseFactor(text: string): Parsed<number> {
  const factor = Number(text);
  const isPart = text.trim() !== '' && factor >= 0 && factor <= 1;
  return isPart ? { value: factor } : { error: 'Expecting a number from 0 to 1' };
}

/** Reads a part of the whole, as in `50%`. */
function parsePercentage(text: string): Parsed<number> {
  const percent = Number(text.replace(/%$/, ''));
  const isPart = text.trim() !== '' && percent >= 0 && percent <= 100;
  return isPart ? { value: percent / 100 } : { error: 'Expecting a percentage from 0% to 100%' };
}

/** Reads `role=weight,role=weight`. */
function parseWeights(text: string): Parsed<Map<string, number>> {
  const weights = new Map<string, number>();
  for (const pair of text.split(',').filter((part) => part.trim() !== '')) {
    const [role = '', number = '', ...rest] = pair.split('=').map((part) => part.trim());
    const weight = Number(number);
    if (rest.length > 0 || number === '') return { error: `Expecting role=weight, got '${pair}'` };
    if (!(weight > 0) || !Number.isFinite(weight)) return { error: `The weight of role '${role}' must be positive` };
    const error = validateRole(role);
    if (error !== undefined) return { error };
    if (weights.has(role)) return { error: `Role '${role}' has two weights` };
    weights.set(role, weight);
  }
  return { value: weights };
}

/** Reads sets of quantities, `name:amount;name:amount|name:amount`. */
function parseMinima(text: string): Parsed<ResourceQuantities[]> {
  const minima: ResourceQuantities[] = [];
  for (const part of text.split('|').filter((set) => set.trim() !== '')) {
    const parsed = parseResources(part);
    if (parsed.error !== undefined) return { error: parsed.error };
    const { quantities } = parsed.value;
    if (quantities.isEmpty()) return { error: `Expecting amounts in '${part}'` };
    minima.push(quantities);
  }
  return { value: minima };
}
