import test from 'ava';
import { PID, Process, ProcessError } from '../../src/index.ts';
import { simulateSeeds } from '../../src/testing/index.ts';
import type { SimulatedNode } from '../../src/testing/index.ts';

/** Answers that nobody waited for any more when they were there. */
let givenUp = 0;

/** Asks others for the double of a number, and answers such questions after a while; some it refuses. */
class Doubler extends Process {
  asked = 0;
  answered = 0;
  failed = 0;
  /** Answers that are being made. */
  busy = 0;
  readonly #others: readonly PID[];
  #acting = true;

  constructor(others: readonly PID[]) {
    super('doubler');
    this.#others = others;
  }

  rest(): void {
    this.#acting = false;
  }

  protected override initialize(): void {
    this.installAsk(
      'double',
      async (_from, number) => {
        const { signal } = this;
        this.busy++;
        await new Promise<void>((resolve) => {
          this.delay(this.runtime.random.next() * 100, resolve);
        });
        this.busy--;
        if (signal.aborted) givenUp++;
        if (number % 7 === 0) throw new Error('not that one');
        return 2 * number;
      },
      Number,
    );
    this.#later();
  }

  #later(): void {
    this.delay(this.runtime.random.next() * 50, () => {
      if (!this.#acting) return;
      this.#ask();
      this.#later();
    });
  }

  #ask(): void {
    const { random } = this.runtime;
    const other = this.#others[Math.floor(random.next() * this.#others.length)];
    if (other === undefined) return;
    const number = ++this.asked;
    const options = random.next() < 0.3 ? { timeoutMs: random.next() * 100 } : {};
    this.runtime.ask<number>(other, 'double', number, options).then(
      (answer) => {
        if (answer !== 2 * number || number % 7 === 0) throw new Error(`${answer} is not the double of ${number}`);
        this.answered++;
      },
      (error: unknown) => {
        if (!(error instanceof ProcessError)) throw error;
        this.failed++;
      },
    );
  }
}

test('an ask is settled once, with its own answer or a reason, whatever goes wrong, and nothing is left of it', async (t) => {
  const names = ['n1', 'n2', 'n3'];
  let [answered, failed] = [0, 0];
  const tried = await simulateSeeds({ seeds: 60, network: { loss: 0.01 } }, async (simulation) => {
    const nodes: SimulatedNode<Doubler>[] = [];
    for (const [index, name] of names.entries()) {
      const others = names
        .map((_, other) => new PID('doubler', `10.0.0.${other + 1}:5050`))
        .filter((_, other) => other !== index);
      const node = await simulation.node(name, ({ runtime }) => {
        const doubler = new Doubler(others);
        runtime.spawn(doubler);
        return doubler;
      });
      nodes.push(node);
    }
    await simulation.nemesis({ withinMs: 5_000, partitions: 1, cuts: 1, resets: 10, crashes: 2, pauses: 2 });
    for (const node of nodes) node.value.rest();
    // Every connection that is dead has been found out by now, and with it the asks over it.
    await simulation.sleep(60_000);
    for (const { value } of nodes) {
      t.is(value.answered + value.failed, value.asked, `seed ${simulation.seed}`);
      t.is(value.busy, 0);
      answered += value.answered;
      failed += value.failed;
    }
  });
  t.is(tried, 60);
  t.true(
    answered > 1_000 && failed > 1_000 && givenUp > 100,
    `${answered} answered, ${failed} failed, ${givenUp} given up`,
  );
});
