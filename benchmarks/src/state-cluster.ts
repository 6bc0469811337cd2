import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { forkChild } from './child.ts';
import { clock } from './measure.ts';

/** A way to ask for the whole state, and the form of its answer. */
export type Form = 'json' | 'protobuf' | 'v0';

/** Forms as rows name them. */
export const formNames: Readonly<Record<Form, string>> = {
  v0: '/state',
  protobuf: 'GET_STATE in protobuf',
  json: 'GET_STATE in JSON',
};

/** What a client says that it takes and has. */
export interface Client {
  readonly takesGzip?: boolean;
  /** Whether it asks for what is not the same as it got last. */
  readonly isConditional?: boolean;
}

interface Served {
  readonly master: string;
  readonly plain: number;
}

interface Stalls {
  readonly p99: number;
  readonly max: number;
}

/** A master with a cluster in another OS process, and beside it a server that has the bytes of its answers in memory. */
export class StateCluster {
  readonly #child;
  readonly #connections = new Agent({ keepAlive: true });
  /** Of the last answer in each form. */
  readonly #etags = new Map<Form, string>();
  master = '';
  plain = '';

  constructor(agents: number, tasksPerFramework: number) {
    this.#child = forkChild('state-server.js', [String(agents), String(tasksPerFramework)]);
  }

  async ready(): Promise<this> {
    const [served] = (await once(this.#child, 'message')) as [Served];
    this.master = served.master;
    this.plain = `http://127.0.0.1:${served.plain}`;
    return this;
  }

  /** Something of the cluster changes. */
  async change(): Promise<void> {
    this.#child.send('change');
    await once(this.#child, 'message');
  }

  /** How long its event loop stood still, in milliseconds, since it was asked this last. */
  async stalls(): Promise<Stalls> {
    this.#child.send('stalls');
    const [stalls] = (await once(this.#child, 'message')) as [Stalls];
    return stalls;
  }

  /** How many milliseconds a client waits for the whole state. */
  async wait(form: Form, { isConditional = false, takesGzip = false }: Client = {}): Promise<number> {
    const etag = isConditional ? this.#etags.get(form) : undefined;
    const headers: Record<string, string> = {
      ...(takesGzip ? { 'accept-encoding': 'gzip' } : {}),
      ...(etag === undefined ? {} : { 'if-none-match': etag }),
    };
    const startMs = clock();
    const answered = await this.#ask(form, form === 'v0' ? `${this.master}/state` : `${this.master}/api/v1`, headers);
    const waitedMs = clock() - startMs;
    if (answered !== undefined) this.#etags.set(form, answered);
    return waitedMs;
  }

  /** How many milliseconds a client waits for the same bytes from the server that has them in memory, asked in the same way. */
  async waitForPlain(form: Form): Promise<number> {
    const startMs = clock();
    await this.#ask(form, `${this.plain}/${form}`, {});
    return clock() - startMs;
  }

  /** Reads an answer to its end and says how many milliseconds that took. */
  async read(url: string): Promise<number> {
    const startMs = clock();
    await this.#read(url);
    return clock() - startMs;
  }

  close(): void {
    this.#connections.destroy();
    this.#child.disconnect();
  }

  #ask(form: Form, url: string, headers: Readonly<Record<string, string>>): Promise<string | undefined> {
    if (form === 'v0') return this.#read(url, headers);
    const types = { 'content-type': 'application/json', accept: `application/${typeNames[form]}` };
    return this.#read(url, { ...headers, ...types }, '{"type":"GET_STATE"}');
  }

  /** Answers the tag of what it has read. */
  #read(url: string, headers: Readonly<Record<string, string>> = {}, body?: string): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      const method = body === undefined ? 'GET' : 'POST';
      const asked = request(url, { agent: this.#connections, method, headers });
      asked.once('error', reject);
      asked.once('response', (response) => {
        const { headers: answered, statusCode: status } = response;
        if (status !== 200 && status !== 304) reject(new Error(`${url} answered ${status}`));
        response.once('end', () => {
          resolve(answered.etag);
        });
        response.resume();
      });
      asked.end(body);
    });
  }
}

const typeNames: Readonly<Record<Exclude<Form, 'v0'>, string>> = { json: 'json', protobuf: 'x-protobuf' };
