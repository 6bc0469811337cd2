import { Runtime } from '../../src/index.ts';
import { TestClock } from '../../src/testing/index.ts';
import type { RuntimeOptions } from '../../src/index.ts';

/** A runtime without transport whose time passes as a test says. */
export function start(options: RuntimeOptions = {}): { clock: TestClock; runtime: Runtime } {
  const clock = new TestClock();
  return { clock, runtime: new Runtime({ clock, ...options }) };
}
