/** Runs scenarios, and answers what is shown of them. */
import { frame } from './frame.ts';
import { at, leftOut, textAt, type Json } from './json.ts';
import { Cluster } from './cluster.ts';
import { EventReader } from './event-reader.ts';
import { Normaliser } from './normalise.ts';
import { shorten } from './shorten.ts';
import {
  apis,
  type Daemon,
  type Example,
  type Scenario,
  type ShownAnswer,
  type ShownRequest,
  type Step,
} from './scenario.ts';

/** A request as it is sent. */
type SentRequest = ShownRequest & { readonly body?: string | undefined };

// However slow the machine is, no scenario takes as long.
const timeoutMs = 55_000;
const shownHeaders = [
  'allow',
  'content-disposition',
  'content-type',
  'etag',
  'location',
  'mesos-stream-id',
  'www-authenticate',
];

/** Runs a scenario on a cluster of its own. */
export async function runScenario(scenario: Scenario): Promise<Example[]> {
  await using cluster = await Cluster.start(scenario);
  const run = new Run(cluster);
  const examples: Example[] = [];
  for (const [index, step] of scenario.steps.entries()) {
    try {
      const example = await run.step(step);
      if (example !== undefined) examples.push(example);
    } catch (cause) {
      throw new Error(`Step ${index + 1} of ${scenario.name} failed: ${nameOf(step)}`, { cause });
    }
  }
  return examples;
}

function nameOf(step: Step): string {
  return step.name ?? subjectOf(step);
}

/** The type of a call, or a path. */
function subjectOf({ json, listen, path, recordio, start, stop }: Step): string {
  const type = textAt(json, '/type') ?? textAt(recordio?.[0], '/type');
  return type ?? path?.replace(/\?.*/, '') ?? start ?? stop ?? listen ?? '';
}

class Run {
  readonly #cluster: Cluster;
  readonly #kept = new Map<string, string>();
  readonly #streams = new Map<string, EventReader>();
  readonly #signal = AbortSignal.timeout(timeoutMs);
  readonly #normaliser: Normaliser;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#normaliser = new Normaliser(cluster.texts(), cluster.ports());
  }

  async step(step: Step): Promise<Example | undefined> {
    if (step.start !== undefined) {
      await (step.start === 'agent' ? this.#cluster.startAgent() : this.#cluster.startStandby());
      this.#normaliser.learn(this.#cluster.texts(), this.#cluster.ports());
      return undefined;
    }
    if (step.stop === 'agent') {
      await this.#cluster.stopAgent();
      return undefined;
    }
    return step.listen === undefined ? this.#request(step) : this.#listen(step, step.listen);
  }

  async #listen({ api = 'master', events = [], name, title }: Step, stream: string): Promise<Example> {
    return {
      name: name ?? `${api} event ${events[0]?.type}`,
      ...(title === undefined ? {} : { title }),
      api,
      of: 'SUBSCRIBE',
      daemon: apis[api].daemon,
      followed: { events: await this.#events(stream, events), ended: false },
      actions: [],
    };
  }

  async #request(step: Step): Promise<Example | undefined> {
    const { api, hidden = false, name, title } = step;
    const daemon = step.daemon ?? (api === undefined ? 'master' : apis[api].daemon);
    const request = this.#requestOf(step, daemon);
    this.#cluster.actions(daemon);
    const { json, response } = await this.#send(request, step);
    const shown = await this.#answer(response, json, step);
    const followed = await this.#followed(step);
    const actions = this.#cluster.actions(daemon);
    if (hidden) return undefined;
    const { body: _, ...rest } = request;
    return {
      name: name ?? nameOf(step),
      ...(title === undefined ? {} : { title }),
      ...(api === undefined ? {} : { api }),
      of: subjectOf(step),
      daemon,
      request: this.#normaliser.json(rest) as unknown as ShownRequest,
      answer: shown,
      ...(followed === undefined ? {} : { followed }),
      actions,
    };
  }

  #requestOf(step: Step, daemon: Daemon): SentRequest {
    const { api, headers = {}, json, method, path, recordio, text } = this.#filled(step);
    const type = json === undefined ? {} : { 'Content-Type': 'application/json' };
    const hasBody = json !== undefined || text !== undefined || recordio !== undefined;
    const records = recordio?.map((record) => frame(JSON.stringify(record))).join('');
    return {
      method: method ?? (hasBody ? 'POST' : 'GET'),
      url:
        this.#cluster.url(step.standby === true ? 'standby' : daemon) +
        (path ?? (api === undefined ? '/' : apis[api].path)),
      headers: { ...type, ...headers },
      ...(json === undefined ? {} : { json }),
      ...(text === undefined ? {} : { text }),
      ...(recordio === undefined ? {} : { recordio }),
      body: json === undefined ? (text ?? records) : JSON.stringify(json),
    };
  }

  /** The step with what was kept in place of `{NAME}`. */
  #filled(step: Step): Step {
    return JSON.parse(
      JSON.stringify(step).replaceAll(/\{([A-Z][A-Z0-9_]*)\}/g, (_all, name: string) => {
        const value = this.#kept.get(name);
        if (value === undefined) throw new Error(`No step has kept ${name}`);
        return JSON.stringify(value).slice(1, -1);
      }),
    ) as Step;
  }

  async #send(
    { body, headers, method, url }: SentRequest,
    { stream, until = {} }: Step,
  ): Promise<{ response: Response; json: Json | undefined }> {
    for (;;) {
      const response = await fetch(url, {
        method,
        // As the commands of the pages are sent; help is Markdown to it.
        headers: { 'user-agent': 'curl', ...headers },
        redirect: 'manual',
        signal: this.#signal,
        ...(body === undefined ? {} : { body }),
      });
      const isJson = response.headers.get('content-type') === 'application/json' && stream === undefined;
      const json = isJson ? ((await response.clone().json()) as Json) : undefined;
      const isSo = ([pointer, wanted]: [string, Json]): boolean =>
        (pointer === 'status' ? response.status : at(json, pointer)) === wanted;
      if (Object.entries(until).every(isSo)) return { response, json };
      await this.#cluster.pause();
    }
  }

  async #answer(response: Response, json: Json | undefined, step: Step): Promise<ShownAnswer> {
    const { events = [], keep = {}, shorten: shortening, stream } = step;
    for (const [name, pointer] of Object.entries(keep)) {
      const header = /^header:(.*)/.exec(pointer)?.[1];
      this.#keep(name, header === undefined ? at(json, pointer) : (response.headers.get(header) ?? undefined));
    }
    const found = shownHeaders.flatMap((name): [string, string][] => {
      const value = response.headers.get(name);
      return value === null ? [] : [[capitalised(name), this.#normaliser.text(value)]];
    });
    const answer = { status: response.status, headers: Object.fromEntries(found) };
    if (stream !== undefined) {
      if (response.status !== 200 || response.body === null) {
        throw new Error(`No stream but ${response.status}: ${await response.text()}`);
      }
      const type = response.headers.get('content-type') ?? '';
      this.#streams.set(stream, new EventReader(response.body as ReadableStream<Uint8Array>, type));
      return { ...answer, events: await this.#events(stream, events) };
    }
    if (json !== undefined) return { ...answer, json: this.#normaliser.json(shorten(json, shortening)) };
    const text = this.#normaliser.text(await response.text());
    return text === '' ? answer : { ...answer, text: shownText(text, step) };
  }

  async #followed({ followed }: Step): Promise<Example['followed']> {
    if (followed === undefined) return undefined;
    const events = await this.#events(followed.stream, followed.events);
    if (followed.ends === true) await this.#streams.get(followed.stream)?.ended();
    return { events, ended: followed.ends === true };
  }

  async #events(stream: string, wanted: NonNullable<Step['events']>): Promise<Json[]> {
    const reader = this.#streams.get(stream);
    if (reader === undefined) throw new Error(`There is no stream ${stream}`);
    const shown: Json[] = [];
    for (const each of wanted) {
      const event = await reader.next(each);
      for (const [name, pointer] of Object.entries(each.keep ?? {})) this.#keep(name, at(event, pointer));
      if (each.hidden !== true) shown.push(this.#normaliser.json(shorten(event, each.shorten)));
    }
    return shown;
  }

  #keep(name: string, value: Json | undefined): void {
    if (typeof value !== 'string') throw new Error(`There is no text to keep as ${name}`);
    this.#kept.set(name, value);
  }
}

/** The part of an answer that is shown. */
function shownText(text: string, { shownLines, shownText: length }: Step): string {
  if (shownLines !== undefined) {
    const lines = text.split('\n').filter((line) => shownLines.some((beginning) => line.startsWith(beginning)));
    return [...lines, leftOut, ''].join('\n');
  }
  return length === undefined ? text : `${text.slice(0, length)}${leftOut}`;
}

function capitalised(header: string): string {
  return header
    .replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase())
    .replace('Www-', 'WWW-')
    .replace('Etag', 'ETag');
}
