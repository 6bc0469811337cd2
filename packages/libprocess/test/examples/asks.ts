import { PID, Process, ProcessError, Runtime, WebSocketTransport } from '@mesos-ts/libprocess';

/** What came over the network is checked once, here: what the handler gets is a pair of numbers. */
function pair(body: unknown): [number, number] {
  if (!Array.isArray(body) || body.length !== 2 || !body.every((item) => typeof item === 'number')) {
    throw new TypeError('expected two numbers');
  }
  return body as [number, number];
}

class Calculator extends Process {
  protected override initialize(): void {
    this.installAsk(
      'divide',
      (_from, [dividend, divisor]) => {
        if (divisor === 0) throw new Error('division by zero');
        return dividend / divisor;
      },
      pair,
    );
  }
}

await using here = await new Runtime({ transport: new WebSocketTransport() }).start();
await using there = await new Runtime({ transport: new WebSocketTransport() }).start();
there.spawn(new Calculator('calculator'));

const calculator = PID.parse(`calculator@${there.address}`);
console.log(await here.ask(calculator, 'divide', [42, 6], { check: Number, timeoutMs: 60_000 }));

const attempts: [name: string, body: unknown][] = [
  ['divide', [1, 0]],
  ['divide', 'by two'],
  ['multiply', [6, 7]],
];
for (const [name, body] of attempts) {
  try {
    await here.ask(calculator, name, body, { timeoutMs: 60_000 });
  } catch (error) {
    if (error instanceof ProcessError) console.log(name, error.code);
  }
}
