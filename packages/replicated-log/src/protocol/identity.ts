/**
 * Tells the replicas of a log from those of others. Every message says which log its sender is of, once that has an id. What a replica of another
 * log says is not heard, and nothing of this log is told to it but that this is another one. A replica that finds itself among a quorum of
 * another log is in the wrong place, and ends; with less than that it cannot be told whose disk is wrong.
 *
 * A log may have been given its id while a replica was away: that one takes it over when a quorum has it (`agreedLog`), and until then it
 * neither hears what is said under the id nor is heard by those who have it.
 */
import type { LogMessage, RecoverResponse } from './message.ts';
import type { Replica } from './replica.ts';
import type { Tally } from './tally.ts';

export interface IdentityInit {
  readonly replica: Replica;
  readonly quorum: number;
  readonly members: () => ReadonlySet<string>;
  /** Something that an operator should know. */
  readonly warn: (text: string) => void;
  /** This replica does not belong here. */
  readonly foreign: (text: string) => void;
}

export class Identity {
  readonly #init: IdentityInit;
  /** Members that are of other logs, and whether they vote there. */
  readonly #others = new Map<string, { readonly log: string; readonly votes: boolean }>();

  constructor(init: IdentityInit) {
    this.#init = init;
  }

  /** What may be heard of a message: all of it, nothing, or only the question how this replica is. */
  hears(from: string, message: LogMessage): boolean {
    const own = this.#init.replica.metadata.log;
    const { log, type } = message;
    if (log !== undefined && own !== undefined && log !== own) {
      this.#heard(from, log, own, message);
      return false;
    }
    this.#others.delete(from);
    if (log === own) return true;
    // One of the two has no id yet. Whom it promises to is the replica's own business.
    if (type === 'log.promised' || type === 'log.written') return own === undefined;
    return type !== 'log.fetched' && type !== 'log.learned';
  }

  #heard(from: string, log: string, own: string, message: LogMessage): void {
    const { replica, quorum, members, warn, foreign } = this.#init;
    const before = this.#others.get(from);
    // One that recovers has nothing of its own.
    const votes = message.type === 'log.recovered' ? message.status === 'VOTING' : before?.votes === true;
    this.#others.set(from, { log, votes });
    const here = members();
    const together = [...this.#others].filter(
      ([member, other]) => here.has(member) && other.votes && other.log === log,
    ).length;
    if (together >= Math.max(quorum, replica.quorum) && together > here.size / 2) {
      foreign(
        `The disk of this replica holds the log ${own}, and ${together} of ${here.size} members are replicas of the log ${log}. If this disk belongs to another ` +
          'cluster, give this replica a directory of its own: an empty one learns the log from the others. If the others do not belong here, see to the ' +
          'list of members, or to the path in the election service',
      );
    } else if (before?.log !== log) {
      warn(
        `${from} is a replica of the log ${log}, and this one of the log ${own}: they do not count each other. One of the two disks belongs to another cluster: ` +
          'start that replica with an empty directory, or among its own',
      );
    }
  }
}

/**
 * The id of the log that members are of, if they agree: a quorum has it, or has at least accepted it where others have it; or it is the only one, all members
 * have answered, and a quorum votes. Undefined while that is not so.
 */
export function agreedLog(tally: Tally<RecoverResponse>, quorum: number, clusterSize: number): string | undefined {
  const answers = [...tally.answers().values()];
  const voting = answers.filter(({ status }) => status === 'VOTING');
  const logs = new Set(voting.flatMap(({ log }) => log ?? []));
  for (const one of logs) {
    if (voting.filter(({ log, naming }) => (log ?? naming?.log) === one).length >= quorum) return one;
  }
  const [only] = logs;
  return logs.size === 1 && tally.size >= clusterSize && voting.length >= quorum ? only : undefined;
}
