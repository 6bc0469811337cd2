import test from 'ava';
import { Process, errorText } from '../../src/index.ts';
import { Watcher } from '../support/actors.ts';
import { Log } from '../support/log.ts';
import { start } from '../support/virtual-time.ts';

const mute = new Proxy(
  {},
  {
    get() {
      throw new Error('not to be read');
    },
    getPrototypeOf() {
      throw new Error('not to be told apart');
    },
  },
);

/** What can be thrown and has no text, or none that is a text. */
const thrown: Readonly<Record<string, unknown>> = {
  'an object without a prototype': Object.create(null),
  'a body from the network that is thrown as it is': { toString: 1 },
  'an object that cannot be looked at': mute,
  'an error whose stack cannot be read': Object.defineProperty(new Error('bad'), 'stack', {
    get() {
      throw new Error('not to be read');
    },
  }),
  'an error whose message is no text': Object.assign(new Error('bad'), { message: { code: 1 }, stack: undefined }),
  'a symbol': Symbol('bad'),
  'an empty slot': undefined,
};

class Thrower extends Process {
  readonly #what: unknown;

  constructor(what: unknown) {
    super('thrower');
    this.#what = what;
  }

  protected override initialize(): void {
    this.install('throw', () => this.fail());
    this.installAsk('ask', () => this.fail());
  }

  fail(): never {
    throw this.#what;
  }

  async failLater(): Promise<never> {
    throw this.#what;
  }
}

for (const [name, what] of Object.entries(thrown)) {
  test(`${name}: whatever a handler throws, its actor ends, those who are linked hear of it, and the others go on`, async (t) => {
    t.is(typeof errorText(what), 'string');
    const log = new Log();
    const { clock, runtime } = start({ logger: log });
    for (const cause of ['send', 'tell', 'tell later'] as const) {
      const pid = runtime.spawn(new Thrower(what));
      const watcher = new Watcher();
      const watching = runtime.spawn(watcher);
      runtime.tell(watching, 'watch', pid);
      await clock.settle();
      if (cause === 'send') runtime.send(pid, 'throw');
      else runtime.tell(pid, cause === 'tell' ? 'fail' : 'failLater');
      await clock.settle();
      t.deepEqual(watcher.gone.items, [pid.toString()], cause);
      runtime.terminate(watching);
      await clock.settle();
    }
    t.is(log.lines.filter((line) => line.includes('failed in')).length, 3);
    const pid = runtime.spawn(new Thrower(what));
    const rejected = await runtime.dispatch(pid, 'fail').then(
      () => 'an answer',
      (error: unknown) => [error],
    );
    t.is(rejected[0], what);
    const asked = await runtime.ask(pid, 'ask').catch((error: unknown) => error);
    t.is((asked as { code?: unknown }).code, 'ASK_FAILED');
    await runtime.close();
  });
}
