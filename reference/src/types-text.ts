/** Messages and enums as tables. */
import { parts, prose, table } from './markdown.ts';
import type { Places } from './places.ts';
import type { SchemaEnum, SchemaField, SchemaMessage, SchemaType } from './schema.ts';

/** The fields of a message, or the values of an enum. */
export function typeTable(type: SchemaType, places: Places, page: string): string {
  return type.kind === 'message' ? fieldsTable(type, places, page) : valuesTable(type);
}

/** A type with a heading of its own. */
export function typeSection(type: SchemaType, places: Places, page: string, level: string): string {
  return parts(`${level} ${places.nameOf(type)}`, prose(type.comment), typeTable(type, places, page));
}

function fieldsTable({ fields, fullName }: SchemaMessage, places: Places, page: string): string {
  if (fields.length === 0) return 'Has no fields: that it is there says all.';
  const isWhole = /\.(?:Call|Event|Response)$/.test(fullName);
  const rows = fields.map((field) => [
    `\`${field.name}\``,
    fieldType(field, places, page),
    labelOf(field),
    about(field, isWhole),
  ]);
  return table(['field', 'type', '', 'what it is'], rows);
}

function fieldType({ label, type }: SchemaField, places: Places, page: string): string {
  const link = places.link(type, page);
  if (label === 'map') return `map of string to ${link}`;
  return label === 'repeated' ? `list of ${link}` : link;
}

function labelOf({ label, oneof }: SchemaField): string {
  if (oneof !== undefined) return 'one of these';
  return label === 'required' ? '**required**' : 'optional';
}

function about({ comment, defaultValue, deprecated, name }: SchemaField, isWhole: boolean): string {
  // Of a call, an event or an answer.
  const ofType = name === 'type' ? 'Which of the others is set.' : `Of \`${name.toUpperCase()}\`.`;
  const said = [comment === undefined && isWhole ? ofType : prose(comment)];
  if (defaultValue !== undefined) said.push(`Default: \`${defaultValue}\`.`);
  if (deprecated) said.push('_Deprecated._');
  return said.filter((text) => text !== '').join(' ');
}

function valuesTable({ values }: SchemaEnum): string {
  return table(
    ['value', 'number', 'what it means'],
    values.map(({ comment, deprecated, name, number }) => [
      `\`${name}\``,
      String(number),
      [prose(comment), deprecated ? '_Deprecated._' : ''].join(' ').trim(),
    ]),
  );
}
