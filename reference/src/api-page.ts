/** The page of an API: its calls with what they are answered, its events, and the types that it shares with nobody. */
import { calls, unseenEvents, type CallNotes } from './calls.ts';
import { exampleText } from './example-text.ts';
import { at, type Json } from './json.ts';
import { anchorOf, firstSentence, parts, prose, table } from './markdown.ts';
import { eventHeading, type Places } from './places.ts';
import { typeSection, typeTable } from './types-text.ts';
import { apis, type ApiName, type Example } from './scenario.ts';
import type { Schema, SchemaMessage } from './schema.ts';

/** What pages are made of. */
export interface Material {
  readonly schema: Schema;
  readonly places: Places;
  /** By scenario. */
  readonly scenarios: ReadonlyMap<string, readonly Example[]>;
  /** Of all scenarios. */
  readonly examples: readonly Example[];
  /** Text written by hand, by the name of its page. */
  readonly prose: ReadonlyMap<string, string>;
}

const statusOfLater = '_not supported yet_';

/** The page of an API. */
export function apiPage(api: ApiName, material: Material): string {
  const page = new ApiPage(api, material);
  return page.text();
}

class ApiPage {
  readonly #api: ApiName;
  readonly #material: Material;
  readonly #page: string;
  readonly #examples: readonly Example[];
  /** Types with a section of their own so far, by full name. */
  readonly #told = new Set<string>();

  constructor(api: ApiName, material: Material) {
    this.#api = api;
    this.#material = material;
    this.#page = `${api}.md`;
    this.#examples = material.examples.filter((example) => example.api === api);
  }

  text(): string {
    const types = this.#types('Call');
    const events = this.#has('Event') ? this.#types('Event') : [];
    const callSections = types.map((type) => this.#call(type));
    const eventSections = events.map((type) => this.#event(type));
    const messages = ['Call', 'Event', 'Response']
      .filter((name) => this.#has(name))
      .map((name) => this.#section(this.#message(name), '###'));
    const others = this.#others();
    return parts(
      this.#material.prose.get(this.#api),
      '## Calls',
      table(
        ['call', 'what it does', ''],
        types.map((type) => [
          `[${type}](#${anchorOf(type)})`,
          firstSentence(this.#about(type)),
          this.#isLater(type) ? statusOfLater : '',
        ]),
      ),
      ...callSections,
      ...(events.length === 0
        ? []
        : [
            '## Events',
            table(
              ['event', 'what it tells'],
              events.map((type) => [
                `[${type}](#${anchorOf(eventHeading(type))})`,
                firstSentence(this.#aboutEvent(type)),
              ]),
            ),
            ...eventSections,
          ]),
      '## The messages',
      'The `type` of each tells which of the other fields is set.',
      ...messages,
      ...(others.length === 0 ? [] : ['## Types', ...others]),
    );
  }

  #call(type: string): string {
    const { places } = this.#material;
    const notes = this.#notes(type);
    const field = type.toLowerCase();
    const message = this.#field('Call', field);
    const response = this.#has('Response') ? this.#field('Response', field) : undefined;
    const examples = this.#examples.filter(({ of, request }) => of === type && request !== undefined);
    const takes =
      message === undefined
        ? 'Takes nothing but its `type`.'
        : message.fields.length === 0
          ? `Takes \`${field}\`, which has no fields.`
          : parts(`Takes \`${field}\`:`, typeTable(message, places, this.#page));
    const answers =
      response === undefined ? '' : parts(`Answers \`${field}\`:`, typeTable(response, places, this.#page));
    return parts(
      `### ${type}`,
      this.#about(type),
      this.#isLater(type) ? '**Not supported yet**: the call is checked, and then refused.' : '',
      takes,
      this.#facts(type, notes, examples, response !== undefined),
      answers,
      ...[message, response].flatMap((each) => (each === undefined ? [] : this.#nested(each))),
      ...examples.map(exampleText),
    );
  }

  #facts(type: string, notes: CallNotes, examples: readonly Example[], hasResponse: boolean): string {
    const byResponse = hasResponse ? `200 with \`${type.toLowerCase()}\`.` : '';
    const answer = this.#isLater(type) ? '501, once it has passed all checks.' : (notes.answer ?? byResponse);
    const actions = [
      ...new Set([...examples.flatMap((example) => example.actions), ...(notes.actions ?? [])]),
    ].toSorted();
    const refused = notes.refused ?? [];
    return parts(
      [
        `- **Answered**: ${answer}`,
        ...refused.map(([status, when]) => `- **Refused** with ${status}: ${when}`),
        `- **Asks for the right to**: ${actions.length === 0 ? 'nothing.' : `${actions.map((action) => `\`${action}\``).join(', ')}.`}`,
      ].join('\n'),
    );
  }

  #event(type: string): string {
    const message = this.#field('Event', type.toLowerCase());
    const why = unseenEvents[`${this.#api} ${type}`];
    const own = this.#material.examples.filter(
      ({ api, request, followed }) => api === this.#api && request === undefined && hasEvent(followed?.events, type),
    );
    const isElsewhere = (example: Example): boolean =>
      example.api === this.#api &&
      example.request !== undefined &&
      (hasEvent(example.followed?.events, type) || hasEvent(example.answer?.events, type));
    const elsewhere = [...new Set(this.#examples.filter(isElsewhere).map(({ of }) => of))];
    const links = elsewhere.map((call) => `[${call}](#${anchorOf(call)})`).join(', ');
    return parts(
      `### ${eventHeading(type)}`,
      this.#aboutEvent(type),
      why === undefined ? '' : `_${why}_`,
      message === undefined ? 'Has nothing but its `type`.' : typeTable(message, this.#material.places, this.#page),
      ...(message === undefined ? [] : this.#nested(message)),
      links === '' ? '' : `Shown at ${links}.`,
      ...own.map(exampleText),
    );
  }

  /** The message in a field, if it is one of this API; its section is told where the field is. */
  #field(of: 'Call' | 'Event' | 'Response', name: string): SchemaMessage | undefined {
    const field = this.#message(of).fields.find((each) => each.name === name);
    if (field === undefined) return undefined;
    const message = this.#material.schema.message(field.type);
    this.#told.add(message.fullName);
    return message;
  }

  /** Types that are declared in a message, which are told of next to it. */
  #nested({ fullName }: SchemaMessage): string[] {
    return [...this.#material.schema.types.values()]
      .filter((type) => type.fullName.startsWith(`${fullName}.`) && !this.#told.has(type.fullName))
      .map((type) => this.#section(type, '####'));
  }

  #others(): string[] {
    return [...this.#material.schema.types.values()]
      .filter(({ fullName, packageName }) => packageName === apis[this.#api].package && !this.#told.has(fullName))
      .map((type) => this.#section(type, '###'));
  }

  #section(type: Parameters<typeof typeSection>[0], level: string): string {
    this.#told.add(type.fullName);
    return typeSection(type, this.#material.places, this.#page, level);
  }

  #about(type: string): string {
    const value = this.#value('Call', type);
    return prose(value ?? this.#field('Call', type.toLowerCase())?.comment);
  }

  #aboutEvent(type: string): string {
    return prose(this.#value('Event', type) ?? this.#field('Event', type.toLowerCase())?.comment);
  }

  #value(of: 'Call' | 'Event', type: string): string | undefined {
    return this.#material.schema.enum(this.#name(`${of}.Type`)).values.find(({ name }) => name === type)?.comment;
  }

  #types(of: 'Call' | 'Event'): string[] {
    const { values } = this.#material.schema.enum(this.#name(`${of}.Type`));
    return values.map(({ name }) => name).filter((name) => name !== 'UNKNOWN');
  }

  #notes(type: string): CallNotes {
    const notes = calls[this.#api][type];
    if (notes === undefined) throw new Error(`calls.ts says nothing of ${this.#api} ${type}`);
    return notes;
  }

  /** Whether the call is not supported yet, as its examples show. */
  #isLater(type: string): boolean {
    const isRefused = this.#examples.some(({ answer, of }) => of === type && answer?.status === 501);
    return isRefused || this.#notes(type).isLater === true;
  }

  #has(name: string): boolean {
    return this.#material.schema.types.has(this.#name(name));
  }

  #message(name: string): SchemaMessage {
    return this.#material.schema.message(this.#name(name));
  }

  #name(name: string): string {
    return `${apis[this.#api].package}.${name}`;
  }
}

function hasEvent(events: readonly Json[] | undefined, type: string): boolean {
  return events?.some((event) => at(event, '/type') === type) ?? false;
}
