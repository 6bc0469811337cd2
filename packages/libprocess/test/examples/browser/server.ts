import { Process, Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import type { PID } from '@mesos-ts/libprocess';

/** Serves a page, and greets the actor in it. */
class Host extends Process {
  readonly #script: string;
  readonly #say: (line: string) => void;

  constructor(script: string, say: (line: string) => void) {
    super('host');
    this.#script = script;
    this.#say = say;
  }

  protected override initialize(): void {
    const html = '<!doctype html><script type="module" src="/host/script"></script>';
    this.route('/page', () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: html }));
    this.route('/script', () => ({ status: 200, headers: { 'content-type': 'text/javascript' }, body: this.#script }));
    this.install('hello', (from) => {
      this.link(from);
      this.send(from, 'greeting', 'glad to see you');
    });
    this.install('thanks', (_from, text) => {
      this.#say(String(text));
    });
  }

  protected override exited(pid: PID): void {
    this.#say(`the page of ${pid.id} has been closed`);
  }
}

/** Serves a bundle of the page's program. Pages are refused unless their origin is allowed. */
export async function serve(script: string, say: (line: string) => void = console.log): Promise<Runtime> {
  const own = (origin: string): boolean => origin === `http://${runtime.address}`;
  const runtime = new Runtime({ transport: new WebSocketTransport({ allowedOrigins: own }) });
  await runtime.start();
  runtime.spawn(new Host(script, say));
  return runtime;
}
