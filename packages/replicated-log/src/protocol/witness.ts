/**
 * Remembers what others have said that they have on their disks, and tells them when they ask. So a replica finds out that its disk is an older
 * one of its own: a copy that was restored, an empty one that was initialised by hand, or one that loses what it said was synced. It has
 * promised and accepted things that it does not know any more, and others count on them; so it must not go on.
 *
 * It is found out only while one of those it has told still runs. What follows from it is sure: a replica says nothing before its disk has it, and what its disk
 * has only grows, as long as it is in one incarnation.
 */
import type { Metadata } from './action.ts';
import type { Claim, LogMessage } from './message.ts';

export class Witness {
  readonly #claims = new Map<string, Claim>();

  /** Takes note of what a replica says about itself. */
  heard(from: string, message: LogMessage): void {
    const claim = claimOf(message);
    if (claim === undefined) return;
    const before = this.#claims.get(from);
    if (before === undefined || before.incarnation < claim.incarnation) {
      this.#claims.set(from, claim);
    } else if (before.incarnation === claim.incarnation) {
      const { incarnation } = claim;
      const end = Math.max(before.end, claim.end);
      const promised = Math.max(before.promised, claim.promised);
      if (end > before.end || promised > before.promised) this.#claims.set(from, { incarnation, end, promised });
    }
  }

  /** What a replica has said of its latest incarnation. */
  of(member: string): Claim | undefined {
    return this.#claims.get(member);
  }

  /** What is wrong with a disk that has less than its replica has told somebody; undefined when nothing is. */
  lacking(
    from: string,
    claim: Claim,
    { incarnation = 0, promised, status }: Metadata,
    end: number,
  ): string | undefined {
    if (status !== 'VOTING' || claim.incarnation !== incarnation) return undefined;
    if (claim.end <= end && claim.promised <= promised) return undefined;
    return (
      `The disk of this replica is older than what the replica has told ${from}: that it has positions up to ${claim.end} and has promised ${claim.promised}, and it has ` +
      `positions up to ${end} and has promised ${promised}. Has a copy been restored, or an empty directory been initialised that was in use? Give it an empty ` +
      'directory, not initialised: it learns the log from the others'
    );
  }
}

function claimOf(message: LogMessage): Claim | undefined {
  if (message.type === 'log.promised' && message.verdict !== 'ignore') {
    const { incarnation = 0, end, implicit } = message;
    return { incarnation, end, promised: implicit };
  }
  if (message.type === 'log.recovered' && message.status === 'VOTING') {
    const { incarnation = 0, end, promised } = message;
    return { incarnation, end, promised };
  }
  if (message.type !== 'log.written' || message.verdict !== 'accept') return undefined;
  const { incarnation = 0, positions } = message;
  const last = positions.at(-1);
  return last === undefined ? undefined : { incarnation, end: last.to, promised: 0 };
}
