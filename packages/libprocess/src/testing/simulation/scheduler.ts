import type { Runnable, Scheduler } from '../../actor/run-queue.ts';
import type { Dice } from './dice.ts';
import type { Lane, Timeline } from './timeline.ts';

// How many events an actor handles before another has its turn: one, a few, or as many as `RunQueue` grants.
const budgets = [1, 4, 256];
// How likely it is that what actors have sent leaves although some still have work.
const flushChance = 0.25;
// How likely it is that a turn takes any time.
const timeChance = 0.25;

/** The runtimes that have work, of which the dice choose the next. */
export class ReadySet {
  readonly dice: Dice;
  readonly #timeline: Timeline;
  readonly #turnMs: readonly [least: number, most: number];
  readonly #ready: SeededScheduler[] = [];
  readonly #spending = new Set<SeededScheduler>();

  constructor(timeline: Timeline, dice: Dice, turnMs: readonly [least: number, most: number]) {
    this.#timeline = timeline;
    this.dice = dice;
    this.#turnMs = turnMs;
  }

  /** Whether any can run that is not paused. */
  get some(): boolean {
    return this.#ready.some(({ lane }) => !lane.paused);
  }

  /** Whether any has work that it cannot go on with yet. */
  get later(): boolean {
    for (const { lane } of this.#spending) if (!lane.paused) return true;
    return false;
  }

  add(scheduler: SeededScheduler): void {
    if (!this.#ready.includes(scheduler)) this.#ready.push(scheduler);
  }

  remove(scheduler: SeededScheduler): void {
    const index = this.#ready.indexOf(scheduler);
    if (index >= 0) this.#ready.splice(index, 1);
  }

  /** Lets one actor of one runtime that is not paused handle some events; false when none can. */
  step(): boolean {
    const candidates = this.#ready.some(({ lane }) => lane.paused)
      ? this.#ready.filter(({ lane }) => !lane.paused)
      : this.#ready;
    const next = candidates.length > 1 ? this.dice.pick(candidates) : candidates[0];
    next?.step();
    return next !== undefined;
  }

  /** Lets the time of a turn pass for one runtime; false when it took none. */
  spend(scheduler: SeededScheduler): boolean {
    const [least, most] = this.#turnMs;
    if (most === 0 || !this.dice.chance(timeChance)) return false;
    this.remove(scheduler);
    this.#spending.add(scheduler);
    this.#timeline.after(this.dice.between(least, most), scheduler.lane, () => {
      this.#spending.delete(scheduler);
      scheduler.goOn();
    });
    return true;
  }
}

/** Which actor of a runtime runs next, and for how long, is for the dice. */
export class SeededScheduler implements Scheduler {
  readonly lane: Lane;
  readonly #ready: ReadySet;
  readonly #afterRun: () => void;
  readonly #queue: Runnable[] = [];
  /** Whether something has run and what it has sent has not left. */
  #unflushed = false;
  /** Whether its last turn is still going on. */
  #spending = false;
  #killed = false;

  constructor(ready: ReadySet, lane: Lane, afterRun: () => void) {
    this.#ready = ready;
    this.lane = lane;
    this.#afterRun = afterRun;
  }

  get busy(): boolean {
    return !this.#killed && !this.#spending && (this.#queue.length > 0 || this.#unflushed);
  }

  push(runnable: Runnable): void {
    if (this.#killed) return;
    this.#queue.push(runnable);
    if (!this.#spending) this.#ready.add(this);
  }

  /** Nobody runs any more. */
  kill(): void {
    this.#killed = true;
    this.#queue.length = 0;
    this.#ready.remove(this);
  }

  /** Its last turn is over. */
  goOn(): void {
    this.#spending = false;
    if (this.busy) this.#ready.add(this);
  }

  step(): void {
    const { dice } = this.#ready;
    const index = this.#queue.length > 1 ? dice.integer(this.#queue.length) : 0;
    const [runnable] = this.#queue.splice(index, 1);
    if (runnable !== undefined) {
      this.#unflushed = true;
      runnable.run(dice.pick(budgets) ?? 1);
      if (this.#killed) return;
      this.#spending = this.#ready.spend(this);
      if (this.#spending) return;
    }
    if (this.#queue.length > 0 && !dice.chance(flushChance)) return;
    this.#unflushed = false;
    this.#afterRun();
    if (this.#queue.length === 0) this.#ready.remove(this);
  }
}
