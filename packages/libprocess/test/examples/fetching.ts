import { Process, ProcessError, Runtime, WebSocketTransport, textResponse } from '@mesos-ts/libprocess';
import { HttpClient } from '@mesos-ts/libprocess/http-client';

class Weather extends Process {
  protected override initialize(): void {
    this.route('/now', () => textResponse(200, 'sunny'));
    this.route('/later', () => new Promise(() => {})); // Never answers.
  }
}

class Reporter extends Process {
  readonly #client = new HttpClient(this);
  #reports = 0;

  async report(site: string): Promise<string> {
    const response = await this.#client.request({ url: `${site}/weather/now`, timeoutMs: 60_000 });
    return response.text();
  }

  /** The answer is an event of this actor: nothing else of it runs meanwhile, and nothing does after its end. */
  note(site: string): Promise<number> {
    return this.#client.request({ url: `${site}/weather/now` }, async (response) => {
      await response.discard();
      return ++this.#reports;
    });
  }

  async wait(site: string): Promise<void> {
    await this.#client.request({ url: `${site}/weather/later` });
  }
}

await using runtime = await new Runtime({ transport: new WebSocketTransport() }).start();
runtime.spawn(new Weather('weather'));
const reporter = runtime.spawn(new Reporter('reporter'));
const site = `http://${runtime.address}`;
console.log(await runtime.dispatch(reporter, 'report', [site]));
console.log(await runtime.dispatch(reporter, 'note', [site]));

// What an actor has under way ends with it.
const waiting = runtime.dispatch(reporter, 'wait', [site]);
runtime.terminate(reporter, { inject: false });
await waiting.catch((error: unknown) => {
  if (error instanceof ProcessError) console.log(error.code);
});
