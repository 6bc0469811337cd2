import fc from 'fast-check';
import test from 'ava';
import { Process } from '../../src/index.ts';
import { Team } from '../support/supervised.ts';
import type { ChildSpec, RestartKind } from '../../src/index.ts';

const names = ['a', 'b', 'c', 'd'] as const;
const strategies = ['one-for-one', 'one-for-all', 'rest-for-one'] as const;
const kinds: readonly RestartKind[] = ['permanent', 'transient', 'temporary'];

const action = fc.record({
  what: fc.constantFrom('fail', 'end', 'stop', 'start', 'restart', 'nothing'),
  name: fc.constantFrom(...names),
  thenMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 })),
});

test('whatever fails, ends, is stopped, started and restarted: in the end those who are to run do, in the order of the strategy', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...strategies),
      fc.array(fc.record({ kind: fc.constantFrom(...kinds), startMs: fc.nat(20), endMs: fc.nat(20) }), {
        minLength: 4,
        maxLength: 4,
      }),
      fc.array(action, { maxLength: 25 }),
      async (strategy, behaviours, actions) => {
        const team = new Team();
        const { clock, runtime } = team;
        const wrong: string[] = [];
        const running = new Set<string>();
        const specs: ChildSpec[] = behaviours.map(({ kind, startMs, endMs }, index) => {
          const id = names[index] ?? '';
          class Member extends Process {
            protected override async initialize(): Promise<void> {
              // Who is started together with others finds none of those after it.
              if (
                strategy !== 'one-for-one' &&
                !isByHand &&
                names.slice(index + 1).some((later) => running.has(later))
              ) {
                wrong.push(`${id} is started while one after it runs`);
              }
              if (running.has(id)) wrong.push(`${id} is started twice`);
              running.add(id);
              await new Promise<void>((resolve) => {
                clock.timer(startMs, resolve);
              });
            }
            fail(): void {
              throw new Error('failed');
            }
            end(): void {
              this.terminate();
            }
            protected override async finalize(): Promise<void> {
              await new Promise<void>((resolve) => {
                clock.timer(endMs, resolve);
              });
              running.delete(id);
            }
          }
          return { id, restart: kind, start: () => new Member() };
        });
        let isByHand = false;
        const supervisor = await team.supervise({ strategy, restartsMax: Infinity, children: specs });
        const pending: Promise<unknown>[] = [];
        for (const { what, name, thenMs } of actions) {
          const index = names.indexOf(name);
          const spec = specs[index];
          if (what === 'fail' || what === 'end') runtime.tell(team.pid(name), what);
          else if (what === 'stop') pending.push(runtime.dispatch(supervisor, 'stopChild', [name]));
          else if (what === 'restart') pending.push(runtime.dispatch(supervisor, 'restartChild', [name]));
          else if (what === 'start' && spec !== undefined)
            pending.push(runtime.dispatch(supervisor, 'startChild', [spec]));
          // Who is started by hand is started at once, and whoever is added comes last.
          isByHand ||= what === 'start' || what === 'restart';
          await clock.advance(thenMs);
        }
        // Longer than any delay.
        await clock.advance(600_000);
        await Promise.allSettled(pending);
        const children = await runtime.dispatch(supervisor, 'children');
        for (const { id, state, restart } of children) {
          const isThere = runtime.has(id);
          if (isThere !== (state === 'running')) wrong.push(`${id} is ${state}`);
          if (restart === 'permanent' && !isThere) wrong.push(`${id}, which is permanent, does not run`);
          if (restart === 'temporary' && !isThere) wrong.push(`${id}, which is temporary, was not forgotten`);
        }
        const strangers = names.filter((id) => runtime.has(id) && !children.some((child) => child.id === id));
        if (strangers.length > 0) wrong.push(`${strangers.join()} runs and is nobody's child`);
        runtime.terminate(supervisor);
        await clock.advance(60_000);
        if (['supervisor', ...names].some((id) => runtime.has(id))) wrong.push('somebody is left');
        if (clock.timers > 0) wrong.push(`${clock.timers} timers are left`);
        if (wrong.length > 0) throw new Error(wrong.join('; '));
      },
    ),
    { numRuns: 300 },
  );
  t.pass();
});
