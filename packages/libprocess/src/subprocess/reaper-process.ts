import { PID } from '../actor/pid.ts';
import { Process } from '../actor/process.ts';
import { readProcess } from './process-table.ts';
import type { ProcessRuntime } from '../actor/process.ts';
import type { ExitStatus } from './exit-status.ts';
import type { ProcessEntry } from './process-table.ts';

/** The shortest time between two looks at processes that are no children, in milliseconds, as in libprocess. */
export const reapIntervalMsMin = 100;
/** The longest one. */
export const reapIntervalMsMax = 1000;

const lowPidCount = 50;
const highPidCount = 500;

/** How long to wait between two looks at so many processes: a little more for each beyond 50, at most a second. */
export function reapIntervalMs(pids: number): number {
  const fraction = Math.min(1, Math.max(0, (pids - lowPidCount) / (highPidCount - lowPidCount)));
  return reapIntervalMsMin + (reapIntervalMsMax - reapIntervalMsMin) * fraction;
}

/** A child of this OS process, as the reaper knows it. */
export interface ReapedChild {
  readonly pid: number;
  readonly status: Promise<ExitStatus>;
  killTree(): number;
}

/** A process that somebody waits for. */
interface Watched {
  readonly startTicks: number | undefined;
  readonly resolve: (() => void)[];
}

const reaperId = '__reaper__';
// What was killed and cannot end, as in a system call that hangs, is not waited for longer than that.
const finalizeMsMax = 5000;

/**
 * Resolves when a process has ended, child or not: a child of this runtime's `subprocess` to its status, any other, whose status is its
 * parent's to know, to undefined; so does one that is not there. Others are looked at every 100 ms, less often when there are many.
 * Rejects with `RUNTIME_CLOSED` where nobody is left to look.
 * @param startTicks When it started (`ProcessEntry.startTicks`), so that no other process that got its pid is taken for it.
 */
export async function reap(runtime: ProcessRuntime, pid: number, startTicks?: number): Promise<ExitStatus | undefined> {
  return runtime.dispatch(reaperOf(runtime), 'reap', [pid, startTicks]);
}

/** The reaper of a runtime, spawned on first use. */
export function reaperOf(runtime: ProcessRuntime): PID<ReaperProcess> {
  return runtime.has(reaperId) ? new PID<ReaperProcess>(reaperId, runtime.address) : runtime.spawn(new ReaperProcess());
}

/**
 * Waits for the end of processes, children and others, and kills children whose owners end. It looks at others only while somebody waits
 * for one.
 */
export class ReaperProcess extends Process {
  readonly #watched = new Map<number, Watched>();
  readonly #children = new Map<number, ReapedChild>();
  /** Children that end with an actor, by that actor's address. */
  readonly #tied = new Map<string, Set<ReapedChild>>();
  #looking = false;

  constructor() {
    super(reaperId);
  }

  /** Takes note of a child. With an owner, it is killed with everything that came of it when that actor ends. */
  adopt(child: ReapedChild, owner?: PID): void {
    this.#children.set(child.pid, child);
    if (owner !== undefined) this.#tie(child, owner);
    const forget = this.defer(() => {
      // Its pid may be another child's by now.
      if (this.#children.get(child.pid) === child) this.#children.delete(child.pid);
      if (owner !== undefined) this.#untie(child, owner);
    });
    void child.status.then(forget).catch(() => undefined);
  }

  /**
   * Resolves when a process has ended: to its status when it is a child of this runtime that has not ended yet, else to undefined, which is
   * also what is said of one that is not there.
   */
  reap(pid: number, startTicks?: number): Promise<ExitStatus | undefined> {
    const child = this.#children.get(pid);
    if (child !== undefined) return child.status;
    const entry = readProcess(pid);
    const isOther = startTicks !== undefined && entry !== undefined && entry.startTicks !== startTicks;
    if (isOther || !isRunning(pid, entry)) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const done = (): void => {
        resolve(undefined);
      };
      const watched = this.#watched.get(pid);
      if (watched !== undefined && watched.startTicks === entry?.startTicks) {
        watched.resolve.push(done);
        return;
      }
      // The process of that pid that others wait for has ended, and this is another one.
      for (const tell of watched?.resolve ?? []) tell();
      this.#watched.set(pid, { startTicks: entry?.startTicks, resolve: [done] });
      if (!this.#looking) this.#lookLater();
    });
  }

  protected override exited(pid: PID): void {
    const children = this.#tied.get(pid.toString());
    this.#tied.delete(pid.toString());
    for (const child of children ?? []) child.killTree();
  }

  protected override async finalize(): Promise<void> {
    const children = [...this.#tied.values()].flatMap((tied) => [...tied]);
    if (children.length === 0) return;
    for (const child of children) child.killTree();
    const { clock } = this.runtime;
    await new Promise<void>((resolve) => {
      const timer = clock.timer(finalizeMsMax, resolve);
      void Promise.all(children.map(({ status }) => status)).then(() => {
        clock.cancel(timer);
        resolve();
      });
    });
  }

  #tie(child: ReapedChild, owner: PID): void {
    const key = owner.toString();
    const children = this.#tied.get(key);
    if (children === undefined) this.#tied.set(key, new Set([child]));
    else children.add(child);
    this.link(owner);
  }

  #untie(child: ReapedChild, owner: PID): void {
    const key = owner.toString();
    const children = this.#tied.get(key);
    children?.delete(child);
    if (children?.size !== 0) return;
    this.#tied.delete(key);
    this.unlink(owner);
  }

  #lookLater(): void {
    this.#looking = true;
    this.delay(reapIntervalMs(this.#watched.size), () => {
      for (const [pid, { resolve, startTicks }] of this.#watched) {
        const entry = readProcess(pid);
        if (entry?.startTicks === startTicks && isRunning(pid, entry)) continue;
        this.#watched.delete(pid);
        for (const tell of resolve) tell();
      }
      this.#looking = false;
      if (this.#watched.size > 0) this.#lookLater();
    });
  }
}

/** Whether a process has not ended. A zombie has: it only waits to be asked for, by a parent that may never do so. */
function isRunning(pid: number, entry: ProcessEntry | undefined): boolean {
  if (entry !== undefined) return !entry.isZombie;
  if (readProcess(process.pid) !== undefined) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
