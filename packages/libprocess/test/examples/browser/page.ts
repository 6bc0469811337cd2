import { BrowserTransport, PID, Process, Runtime } from '@mesos-ts/libprocess/browser';

/** An actor in a web page. Its messages go to the server that the page came from. */
class Visitor extends Process {
  readonly #host: PID;

  constructor(host: PID) {
    super('visitor');
    this.#host = host;
  }

  protected override initialize(): void {
    this.install(
      'greeting',
      (from, text) => {
        this.send(from, 'thanks', `${text}, too`);
      },
      String,
    );
    this.link(this.#host);
    this.send(this.#host, 'hello');
  }
}

const runtime = await new Runtime({ transport: new BrowserTransport() }).start();
const { host } = (globalThis as unknown as { location: { host: string } }).location;
runtime.spawn(new Visitor(PID.parse(`host@${host}`)));
