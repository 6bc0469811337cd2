// Attributes: what an operator says about an agent, for frameworks to choose by, as in `rack:r1;slots:[1-4];cores:8`.
import { parsed, unparsable, type Parsed } from '@mesos-ts/flags/parsed';
import type { Attribute } from '../generated/mesos-v1.ts';
import { formatRanges, formatScalar, formatSet } from './format.ts';
import { parseValue } from './parse-value.ts';

/** Reads attributes separated by `;` or new lines, each a name, `:` and a value: a number, ranges, a set or text. */
export function parseAttributes(text: string): Parsed<Attribute[]> {
  const attributes: Attribute[] = [];
  for (const token of text.split(/[;\n]/)) {
    if (token === '') continue;
    const colon = token.indexOf(':');
    const name = token.slice(0, Math.max(colon, 0)).trim();
    const rest = token.slice(colon + 1);
    if (name === '' || rest === '') return unparsable(`Invalid attribute key:value pair '${token}'`);
    const value = parseValue(rest);
    if (value.error !== undefined) {
      return unparsable(`Failed to parse attribute ${name} text ${rest} error ${value.error}`);
    }
    attributes.push({ name, ...value.value });
  }
  return parsed(attributes);
}

function formatAttributeValue(attribute: Attribute): string {
  switch (attribute.type) {
    case 'SCALAR':
      return formatScalar(attribute.scalar);
    case 'RANGES':
      return formatRanges(attribute.ranges).replaceAll(' ', '');
    case 'SET':
      return formatSet(attribute.set).replaceAll(' ', '');
    case 'TEXT':
      return attribute.text?.value ?? '';
    default:
      return '';
  }
}

/** Attributes as a flag of the command line, which `parseAttributes` reads back. */
export function formatAttributes(attributes: readonly Attribute[]): string {
  return attributes.map((attribute) => `${attribute.name}:${formatAttributeValue(attribute)}`).join(';');
}
