/** A timer that was set on a clock. */
export interface Timer {
  /** When it fires, on the clock's monotonic scale, in milliseconds. */
  readonly deadlineMs: number;
}

/** Options of `Clock.timer`. */
export interface TimerOptions {
  /** Whether this OS process lives until it fires or is cancelled, where the clock is the machine's. @default false */
  readonly keepsAlive?: boolean;
}

/** Where a runtime gets its time from. `SystemClock` follows the machine; `TestClock` (in `./testing`) is moved by a test. */
export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch; it may jump. */
  now(): number;
  /** Milliseconds since some fixed moment; it never goes back. */
  monotonic(): number;
  /**
   * Calls back once after a delay, never before it is over: at once for a negative delay, never for an infinite one. Timers fire in the
   * order of their deadlines, those of equal deadlines in the order in which they were set.
   */
  timer(delayMs: number, callback: () => void, options?: TimerOptions): Timer;
  /** Stops a timer; false when it fired or was cancelled before. */
  cancel(timer: Timer): boolean;
  /**
   * Tells the clock about something that can be busy, so that a test clock knows when the system is at rest; answers how to take that
   * back.
   */
  attach(busy: () => boolean): () => void;
}
