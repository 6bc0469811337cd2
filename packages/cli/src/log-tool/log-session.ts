import { flag } from '@mesos-ts/flags';
import {
  PID,
  Runtime,
  SystemClock,
  WebSocketTransport,
  errorText,
  streamLogger,
  transportOptionsFromEnvironment,
} from '@mesos-ts/libprocess';
import { GroupMembership, openGroup, parseElectionAddress, parseMasters, resolveHost } from '@mesos-ts/election';
import { checkMembers, defaultReplicaId, Log, fixedMembership, levelLogStorage } from '@mesos-ts/replicated-log';
import type { Logger } from '@mesos-ts/libprocess';
import type { Membership } from '@mesos-ts/replicated-log';
import { CliError } from '../errors.ts';
import { initializeLog } from './initialize.ts';
import type { Io, Variables } from '../io.ts';

/** The flags that say where a replica keeps its log and who the others are. */
export const replicaFlags = {
  quorum: flag.integer({
    required: true,
    min: 1,
    help: 'Quorum size: more than half of all replicas, the same number for each.',
  }),
  path: flag.path({ required: true, help: 'Path to the log.' }),
  replicas: flag.list({
    help: 'The replicas, this one among them: HOST:PORT,HOST:PORT,... Instead of --servers and --znode.',
  }),
  servers: flag.string({ help: 'ZooKeeper servers: HOST:PORT,HOST:PORT,...' }),
  znode: flag.string({ help: 'ZooKeeper znode that the replicas find each other by, such as /mesos/log_replicas.' }),
  initialize: flag.boolean({
    default: true,
    help: 'Whether to initialize the log, which has to be a new one: --no-initialize when it is started again.',
  }),
  ip: flag.string({ help: 'IP address to listen on; otherwise LIBPROCESS_IP, or that of this host.' }),
  port: flag.integer({ min: 0, max: 65_535, help: 'Port to listen on; otherwise LIBPROCESS_PORT, or any free one.' }),
};

/** The values of `replicaFlags`. */
export interface ReplicaFlags {
  readonly quorum: number;
  readonly path: string;
  readonly replicas: readonly string[] | undefined;
  readonly servers: string | undefined;
  readonly znode: string | undefined;
  readonly initialize: boolean;
  readonly ip: string | undefined;
  readonly port: number | undefined;
}

/** A replica of this OS process. */
export interface LogSession {
  readonly log: Log;
  readonly clock: SystemClock;
  readonly address: string;
  /** Resolves when the replica has ended, by itself or because it was closed. */
  readonly ended: Promise<unknown>;
  close(): Promise<void>;
}

/** Starts a replica, and resolves when its disk has been read. */
export async function openSession(flags: ReplicaFlags, env: Variables, io: Io): Promise<LogSession> {
  const { replicas, servers, znode } = flags;
  if ((replicas === undefined) === (servers === undefined && znode === undefined)) {
    throw invalid('either --replicas, or --servers and --znode, say who the replicas are');
  }
  const clock = new SystemClock();
  const logger = streamLogger({
    write: (line) => {
      io.stderr(line);
    },
    now: () => clock.now(),
    component: 'log',
    level: 'warn',
  });
  const { options, warnings } = transportOptionsFromEnvironment(env);
  for (const warning of warnings) logger.warn(warning);
  const { ip, port } = flags;
  const transport = new WebSocketTransport({
    ...options,
    ...(ip === undefined ? {} : { ip }),
    ...(port === undefined ? {} : { port }),
  });
  const runtime = await new Runtime({ transport, logger }).start();
  let membership: (Membership & { close?(): Promise<void> }) | undefined;
  try {
    const own = new PID(defaultReplicaId, runtime.address).toString();
    membership =
      replicas === undefined
        ? await zooKeeperMembership(servers, znode, own, runtime, logger)
        : fixedMembership(await Promise.all(replicas.map((replica) => pidOf(replica))));
    // A mistake in the flags must not leave a disk behind that votes.
    checkMembers(flags.quorum, membership, own);
    if (flags.initialize) await initialize(flags.path);
    const log = Log.open({
      runtime,
      storage: levelLogStorage({ path: flags.path }),
      quorum: flags.quorum,
      members: membership,
    });
    await log.opened();
    return {
      log,
      clock,
      address: runtime.address,
      ended: runtime.wait(log.pid),
      close: async () => {
        await log.close();
        await membership?.close?.();
        await runtime.close();
      },
    };
  } catch (error) {
    await membership?.close?.();
    await runtime.close();
    throw error;
  }
}

async function initialize(path: string): Promise<void> {
  try {
    await initializeLog(path);
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 'CLI_NOT_EMPTY') throw error;
    throw new CliError('CLI_NOT_EMPTY', `${error.message}. Use --no-initialize`, { cause: error });
  }
}

/** The PID of a replica by its host and port. */
async function pidOf(replica: string): Promise<string> {
  const { error, value } = parseMasters(replica);
  const [master] = value?.masters ?? [];
  if (error !== undefined || master === undefined) throw invalid(`--replicas: ${error ?? 'there is none'}`);
  return `${defaultReplicaId}@${await resolveHost(master)}`;
}

async function zooKeeperMembership(
  servers: string | undefined,
  znode: string | undefined,
  own: string,
  runtime: Runtime,
  logger: Logger,
): Promise<GroupMembership> {
  if (servers === undefined || znode === undefined) throw invalid('--servers and --znode belong together');
  const { error, value } = parseElectionAddress(`zk://${servers}${znode}`);
  if (error !== undefined || value.kind !== 'zookeeper') throw invalid(`--servers, --znode: ${errorText(error)}`);
  const { clock, random } = runtime;
  return new GroupMembership(await openGroup(value, undefined, { clock, random, logger }), own, logger);
}

function invalid(problem: string): CliError {
  return new CliError('CLI_LOG_INVALID', problem);
}
