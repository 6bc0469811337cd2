/** Where each type of the schema is told of. */
import { anchorOf } from './markdown.ts';
import { apis } from './scenario.ts';
import type { Schema, SchemaType } from './schema.ts';

/** A place in the pages. */
export interface Place {
  /** Below `docs/api`. */
  readonly page: string;
  readonly heading: string;
}

const apiPages: ReadonlyMap<string, string> = new Map(
  Object.entries(apis).map(([name, { package: packageName }]) => [packageName, `${name}.md`]),
);

/** Of the schema, the packages that APIs are made of. Resource providers have none yet. */
const told = /^(?:mesos\.v1(?!\.resource_provider)|google)\b/;

/** Knows where types are told of. */
export class Places {
  readonly #schema: Schema;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /** Whether pages tell of a type. */
  isTold({ packageName }: SchemaType): boolean {
    return told.test(packageName);
  }

  /** The page of a type. */
  pageOf({ file, packageName }: SchemaType): string {
    return apiPages.get(packageName) ?? `types/${file.split('/').at(-1)?.replace('.proto', '')}.md`;
  }

  /** What a type is called in the pages: without the package that all share. */
  nameOf({ fullName, packageName }: SchemaType): string {
    const own = apiPages.has(packageName) ? packageName : 'mesos.v1';
    return fullName.startsWith(`${own}.`) ? fullName.slice(own.length + 1) : fullName;
  }

  /** A link to a type from a page, or a scalar as it is. */
  link(reference: string, page: string): string {
    const type = this.#schema.types.get(reference);
    if (type === undefined) return reference;
    const name = this.nameOf(type);
    if (!this.isTold(type)) return name;
    const target = this.pageOf(type);
    return `[${name}](${target === page ? '' : relative(page, target)}#${anchorOf(this.#headingOf(type))})`;
  }

  /** What a call takes, what it is answered and what an event says is told of with that call or event. */
  #headingOf(type: SchemaType): string {
    const of = /^(.*)\.(?:Call|Event|Response)\.\w+$/.exec(type.fullName)?.[1];
    const name = this.nameOf(type);
    if (of === undefined || !apiPages.has(of)) return name;
    const whole = this.#schema.message(type.fullName.replace(/\.\w+$/, ''));
    const field = whole.fields.find((each) => each.type === type.fullName)?.name.toUpperCase();
    if (field === undefined || type.kind === 'enum') return name;
    return name.startsWith('Event.') ? eventHeading(field) : field;
  }
}

/** The heading of an event, which calls may share their names with. */
export function eventHeading(type: string): string {
  return `${type} (event)`;
}

/** The way from one page to another. */
export function relative(from: string, to: string): string {
  const up = '../'.repeat(from.split('/').length - 1);
  return from.split('/').slice(0, -1).join('/') === to.split('/').slice(0, -1).join('/')
    ? (to.split('/').at(-1) ?? to)
    : up + to;
}
