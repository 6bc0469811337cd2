/** The schema with its comments: what `packages/protocol` makes its types of, and this the pages. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { protocolFolder } from './paths.ts';

/** A field of a message. */
export interface SchemaField {
  readonly name: string;
  readonly label: 'map' | 'optional' | 'repeated' | 'required';
  /** A scalar, or the full name of a message or an enum; of a map that of its values. */
  readonly type: string;
  readonly deprecated: boolean;
  readonly defaultValue?: string | undefined;
  readonly oneof?: string | undefined;
  readonly comment?: string | undefined;
}

interface SchemaTypeBase {
  /** The `.proto` file, such as `mesos/v1/offer.proto`. */
  readonly file: string;
  readonly packageName: string;
  readonly fullName: string;
  readonly comment?: string | undefined;
}

/** A message. */
export interface SchemaMessage extends SchemaTypeBase {
  readonly kind: 'message';
  readonly fields: readonly SchemaField[];
}

/** An enum. */
export interface SchemaEnum extends SchemaTypeBase {
  readonly kind: 'enum';
  readonly values: readonly {
    readonly name: string;
    readonly number: number;
    readonly deprecated: boolean;
    readonly comment?: string | undefined;
  }[];
}

export type SchemaType = SchemaEnum | SchemaMessage;

/** All types of the schema by their full names, in the order of their files. */
export class Schema {
  readonly types: ReadonlyMap<string, SchemaType>;

  constructor(types: readonly SchemaType[]) {
    this.types = new Map(types.map((type) => [type.fullName, type]));
  }

  /** A message. Throws where there is none of that name. */
  message(fullName: string): SchemaMessage {
    const type = this.types.get(fullName);
    if (type?.kind !== 'message') throw new TypeError(`The schema has no message ${fullName}`);
    return type;
  }

  /** An enum. Throws where there is none of that name. */
  enum(fullName: string): SchemaEnum {
    const type = this.types.get(fullName);
    if (type?.kind !== 'enum') throw new TypeError(`The schema has no enum ${fullName}`);
    return type;
  }
}

function script(name: string): Promise<unknown> {
  return import(pathToFileURL(join(protocolFolder, 'scripts/lib', name)).href) as Promise<unknown>;
}

/** Reads the `.proto` files. */
export async function readSchema(): Promise<Schema> {
  const { buildImage } = (await script('buf.mjs')) as { buildImage: (folder: string) => unknown };
  const { readImage } = (await script('descriptor.mjs')) as { readImage: (image: unknown) => SchemaType[] };
  return new Schema(readImage(buildImage(join(protocolFolder, 'proto'))));
}
