import { PID, Process, Runtime, WebSocketTransport, jsonResponse } from '@mesos-ts/libprocess';

class Greeter extends Process {
  #greeted = 0;
  protected override initialize(): void {
    const greet = (from: PID, name: string): void => {
      this.#greeted++;
      this.send(from, 'greeting', `hello ${name}`);
    };
    this.install('greet', greet, String);
    this.route('/state', () => jsonResponse({ greeted: this.#greeted }));
  }
}

class Guest extends Process {
  readonly host: PID;
  constructor(host: PID) {
    super('guest');
    this.host = host;
  }
  protected override initialize(): void {
    this.install('greeting', (_from, text: string) => {
      console.log(text);
      this.terminate();
    });
    this.link(this.host);
    this.send(this.host, 'greet', 'guest');
  }
  protected override exited(pid: PID): void {
    console.log(`${pid.id} is gone`);
    this.terminate();
  }
}

await using here = await new Runtime({ transport: new WebSocketTransport() }).start();
await using there = await new Runtime({ transport: new WebSocketTransport() }).start();
here.spawn(new Greeter('greeter'));
await there.wait(there.spawn(new Guest(PID.parse(`greeter@${here.address}`))));
const state = await fetch(`http://${here.address}/greeter/state`);
console.log(await state.text());
