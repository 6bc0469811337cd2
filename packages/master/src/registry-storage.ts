/** Where this master keeps its registry, by its flags. */
import { join } from 'node:path';
import { openReplicas } from '@mesos-ts/election';
import { errorText } from '@mesos-ts/libprocess';
import { defaultReplicaId, fixedMembership, levelLogStorage, Log, type Membership } from '@mesos-ts/replicated-log';
import { InMemoryStorage, LogStorage, type StateStorage } from '@mesos-ts/state';
import { masterAddresses } from './election.ts';
import { MasterError } from './errors.ts';
import { parseElectionService, type MasterFlags } from './flags.ts';
import type { PID, Runtime, Timer } from '@mesos-ts/libprocess';

/** How often a master that stands by reads what the leading one has written. */
const followMs = 5000;

/** A registry's storage that was opened by the flags. */
export interface OpenedStorage {
  readonly storage: StateStorage;
  /** The actor whose end is that of the storage, if there is one. */
  readonly actor: PID | undefined;
  /** Lets go of it. Never rejects. */
  close(): Promise<void>;
}

/** Where the registry is kept when the flags do not say: where it outlives this master, if they tell of a place. */
export function registryKind({ masters, registry, work_dir, zk }: MasterFlags): NonNullable<MasterFlags['registry']> {
  const isAlone = masters === undefined && zk === undefined;
  return registry ?? (isAlone && work_dir === undefined ? 'in_memory' : 'replicated_log');
}

/** Opens what the flags ask for. Throws `MASTER_FLAGS_INVALID`, or what is wrong with what is on the disk. */
export async function openRegistryStorage(flags: MasterFlags, runtime: Runtime): Promise<OpenedStorage> {
  const { quorum = 1 } = flags;
  if (quorum > 1 && flags.zk === undefined && flags.masters === undefined) {
    runtime.logger.warn(
      `--quorum=${quorum} means nothing without --zk or --masters, which say how the masters find each other: this master is a cluster of its own`,
    );
  }
  if (registryKind(flags) === 'in_memory') {
    const storage = new InMemoryStorage();
    return { storage, actor: undefined, close: () => storage.close() };
  }
  if (flags.work_dir === undefined) {
    throw new MasterError('MASTER_FLAGS_INVALID', '--work_dir needed for replicated log based registry');
  }
  const replicas = await replicasOf(flags, runtime);
  const log = Log.open({
    runtime,
    storage: levelLogStorage({
      path: join(flags.work_dir, 'replicated_log'),
      ...(flags.cluster === undefined ? {} : { cluster: flags.cluster }),
    }),
    quorum: replicas?.quorum ?? 1,
    ...(replicas === undefined ? {} : { members: replicas.members }),
    autoInitialize: flags.log_auto_initialize,
    id: defaultReplicaId,
    metricsPrefix: 'registrar/',
  });
  const { clock, metrics, random } = runtime;
  const diffTimer = metrics.timer('log_storage/diff');
  const storage = new LogStorage({ reader: log.reader(), writer: log.writer(), clock, random, diffTimer });
  const follower = replicas === undefined ? undefined : new Follower(storage, runtime);
  const close = async (): Promise<void> => {
    try {
      follower?.close();
      await storage.close();
      await log.close();
      await replicas?.close();
    } catch (error) {
      runtime.logger.warn(`Failed to close the replicated log: ${errorText(error)}`);
    }
  };
  try {
    await log.opened();
  } catch (error) {
    await close();
    throw error;
  }
  return { storage, actor: log.pid, close };
}

/** The replicas of all masters. */
interface Replicas {
  readonly members: Membership;
  readonly quorum: number;
  close(): Promise<void>;
}

/** The replicas of all masters; undefined where this one is alone. */
async function replicasOf(flags: MasterFlags, runtime: Runtime): Promise<Replicas | undefined> {
  if (flags.masters !== undefined) {
    const all = (await masterAddresses(flags.masters)).map((address) => `${defaultReplicaId}@${address}`);
    const quorum = flags.quorum ?? Math.floor(all.length / 2) + 1;
    return { members: fixedMembership(all), quorum, close: async () => undefined };
  }
  if (flags.zk === undefined) return undefined;
  const { quorum } = flags;
  if (quorum === undefined) {
    const text = 'Need to specify --quorum for replicated log based registry when using ZooKeeper';
    throw new MasterError('MASTER_FLAGS_INVALID', text);
  }
  if (quorum === 1) {
    runtime.logger.warn(
      '--quorum=1: this master decides alone what is in the registry, which is right only where it is to be the only one. Of several masters each has to be ' +
        'told the same number, more than half of all: 2 of 3',
    );
  }
  const { error, value } = parseElectionService(flags.zk);
  if (error !== undefined) throw new MasterError('MASTER_FLAGS_INVALID', `Failed to use --zk: ${error}`);
  const { clock, logger, random } = runtime;
  const sessionTimeoutMs = flags.zk_session_timeout;
  const own = `${defaultReplicaId}@${runtime.address}`;
  const members = await openReplicas(value, own, { clock, logger, random, sessionTimeoutMs });
  return { members, quorum, close: () => members.close() };
}

/** Keeps a copy of the registry warm, so that a master that takes over has little to read. Does nothing while this one writes. */
class Follower {
  readonly #storage: LogStorage;
  readonly #runtime: Runtime;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(storage: LogStorage, runtime: Runtime) {
    this.#storage = storage;
    this.#runtime = runtime;
    this.#again();
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer !== undefined) this.#runtime.clock.cancel(this.#timer);
  }

  #again(): void {
    if (this.#isClosed) return;
    this.#timer = this.#runtime.clock.timer(followMs, () => {
      this.#storage
        .follow()
        // Whoever takes over reads all of it, and tells what is wrong.
        .catch((error: unknown) => {
          this.#runtime.logger.debug(`Cannot follow the replicated log: ${errorText(error)}`);
        })
        .finally(() => {
          this.#again();
        });
    });
  }
}
