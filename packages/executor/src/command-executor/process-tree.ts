import type { ProcessEntry } from '@mesos-ts/libprocess/subprocess';

/**
 * The living processes that belong to a session leader: those of its session and its group, their children, and the sessions and
 * groups of these.
 * @param reaped Whether the leader's end was noticed. A process of its number is then another one; the system gives the number
 * away only when nothing is left of session and group.
 */
export function membersOf(processes: readonly ProcessEntry[], leader: number, reaped: boolean): number[] {
  if (reaped && processes.some(({ pid }) => pid === leader)) return [];
  const members = new Set([leader]);
  for (let before = 0; before < members.size;) {
    before = members.size;
    for (const { groupId, parentPid, pid, sessionId } of processes) {
      if (members.has(sessionId) || members.has(groupId) || members.has(parentPid)) members.add(pid);
    }
  }
  const living = processes.filter(({ isZombie, pid }) => members.has(pid) && !isZombie);
  return living.map(({ pid }) => pid);
}
