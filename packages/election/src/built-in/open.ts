/** Elections by the masters' own quorum, as contender and detector. */
import type { Disk, ProcessRuntime } from '@mesos-ts/libprocess';
import type { MasterInfo } from '@mesos-ts/protocol';
import { ElectionError } from '../errors.ts';
import { resolveHost } from '../resolve-host.ts';
import { LeaderObserver } from './leader-observer.ts';
import { QuorumElection } from './quorum-election.ts';
import type { HostPort } from '../address.ts';
import type { Candidacy, Contender, DetectOptions, Detector } from '../interfaces.ts';

/** How long a leader of masters that elect among themselves leads without being confirmed, in milliseconds. */
export const defaultLeaseMs = 3000;

/** Options of `openBuiltInElection`. */
export interface BuiltInElectionOptions {
  /** All masters, this one among them. */
  readonly masters: readonly HostPort[];
  /** @default more than half */
  readonly quorum?: number | undefined;
  /** @default 3 seconds */
  readonly leaseMs?: number | undefined;
  /** Where this master's vote is kept. Nobody else's. */
  readonly disk: Disk;
}

/**
 * How a master takes part where the masters elect among themselves: by an actor of its runtime. Rejects with `ELECTION_MASTERS_INVALID` when the
 * list and the quorum cannot be meant, `ELECTION_NOT_FOUND` for names that nobody knows, `ELECTION_STATE_*` when its vote cannot be read.
 */
export async function openBuiltInElection(
  runtime: ProcessRuntime,
  { disk, leaseMs = defaultLeaseMs, masters, quorum: given }: BuiltInElectionOptions,
): Promise<{ readonly contender: Contender; readonly detector: Detector; readonly masters: readonly string[] }> {
  const peers = await runtime.track(Promise.all(masters.map(resolveHost)));
  const majority = Math.floor(peers.length / 2) + 1;
  const quorum = given ?? majority;
  const problem = problemOf(peers, quorum, majority, runtime.address);
  if (problem !== undefined) throw new ElectionError('ELECTION_MASTERS_INVALID', problem);
  let failure: Error | undefined;
  const actor = new QuorumElection({
    masters: peers,
    quorum,
    leaseMs,
    disk,
    failed: (error) => {
      failure = error;
      runtime.logger.error(error.message);
    },
  });
  const pid = runtime.spawn(actor);
  if (!(await runtime.whenInitialized(pid))) {
    throw failure ?? new ElectionError('ELECTION_CLOSED', 'The election has ended');
  }
  const close = async (): Promise<void> => {
    runtime.terminate(pid);
    await runtime.wait(pid);
  };
  const contender: Contender = {
    contend: async (info: MasterInfo): Promise<Candidacy> => {
      if (!runtime.has(pid.id)) throw failure ?? new ElectionError('ELECTION_CLOSED', 'The contender is closed');
      return runtime.dispatch(pid, 'contend', [info]);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
  return { contender, detector: detectorOf(actor, close), masters: peers };
}

/** How anybody else follows who leads them: by an actor of its runtime. */
export function openBuiltInDetector(runtime: ProcessRuntime, masters: readonly HostPort[]): Detector {
  const actor = new LeaderObserver({ masters });
  const pid = runtime.spawn(actor);
  return detectorOf(actor, async () => {
    runtime.terminate(pid);
    await runtime.wait(pid);
  });
}

function detectorOf({ watch }: Pick<LeaderObserver, 'watch'>, close: () => Promise<void>): Detector {
  // The actor may go on for others when this detector is closed.
  let isClosed = false;
  const closed = new AbortController();
  const closeThis = async (): Promise<void> => {
    if (!isClosed) closed.abort(new ElectionError('ELECTION_CLOSED', 'The detector is closed'));
    isClosed = true;
    await close();
  };
  return {
    detect: (previous?: MasterInfo, { signal }: DetectOptions = {}) => {
      const signals = signal === undefined ? closed.signal : AbortSignal.any([closed.signal, signal]);
      return watch.detect(previous, { signal: signals });
    },
    close: closeThis,
    [Symbol.asyncDispose]: closeThis,
  };
}

function problemOf(peers: readonly string[], quorum: number, majority: number, own: string): string | undefined {
  const list = peers.join(', ');
  if (new Set(peers).size < peers.length) return `Of the masters ${list} two are the same one`;
  if (!peers.includes(own)) {
    return `This master is ${own}, which is not in the list of masters ${list}: all masters need the same list, with each as the others reach it`;
  }
  if (quorum < majority) {
    return `A quorum of ${quorum} of ${peers.length} masters would let two of them lead at a time: it takes ${majority}`;
  }
  if (quorum > peers.length) return `A quorum of ${quorum} can never be reached by ${peers.length} masters`;
  return undefined;
}
