import { BrowserTransport, PID, Process, Runtime } from '@mesos-ts/libprocess/browser';

// The inside of the page: an actor that shows what the server's counter says.

declare const document: { getElementById(id: string): Element };
declare const location: { readonly host: string };
interface Element {
  textContent: string;
  addEventListener(type: 'click', listener: () => void): void;
}

const again = 1_000;

class View extends Process {
  readonly #counter: PID;
  readonly #state = document.getElementById('state');

  constructor(counter: PID) {
    super('view');
    this.#counter = counter;
  }

  add(by: number): void {
    this.send(this.#counter, 'add', by);
  }

  protected override initialize(): void {
    this.install('count', (_from, count) => {
      this.#state.textContent = String(count);
    });
    this.#watch();
  }

  // The server has ended, or cannot be reached for now.
  protected override exited(): void {
    this.#state.textContent = 'connecting';
    this.delay(again, () => {
      this.#watch();
    });
  }

  #watch(): void {
    this.link(this.#counter);
    this.send(this.#counter, 'watch');
  }
}

const runtime = await new Runtime({ transport: new BrowserTransport() }).start();
const view = runtime.spawn(new View(PID.parse(`counter@${location.host}`)));
document.getElementById('add').addEventListener('click', () => {
  runtime.tell(view, 'add', 1);
});
