import { Process, Runtime, WebSocketTransport } from '@mesos-ts/libprocess';

class Greeter extends Process {
  protected override initialize(): void {
    this.install('greet', (from, name) => this.send(from, 'greeting', `Hello, ${name}!`), String);
  }
}

class Guest extends Process {
  protected override initialize(): void {
    this.install('greeting', (from, text) => (console.log(`${from.id} says: ${text}`), this.terminate()), String);
    this.send(greeter, 'greet', 'Ada');
  }
}

await using here = await new Runtime({ transport: new WebSocketTransport() }).start();
await using there = await new Runtime({ transport: new WebSocketTransport() }).start();
const greeter = there.spawn(new Greeter('greeter'));
await here.wait(here.spawn(new Guest('guest')));
