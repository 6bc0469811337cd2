/** JSON as examples have it. */

/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Whether a value is an object, and no list. */
export function isObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a JSON pointer (RFC 6901) points at; undefined where there is nothing. */
export function at(value: Json | undefined, pointer: string): Json | undefined {
  let found = value;
  for (const token of pointer.split('/').slice(1)) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(found)) found = (found as readonly Json[])[Number(name)];
    else found = isObject(found) ? found[name] : undefined;
  }
  return found;
}

/** The text at a JSON pointer; undefined where there is none. */
export function textAt(value: Json | undefined, pointer: string): string | undefined {
  const found = at(value, pointer);
  return typeof found === 'string' ? found : undefined;
}

/** Stands for what was left out. */
export const leftOut = '…';

const width = 110;

/** JSON for people: what fits on a line is on one; what was left out is a comment. */
export function pretty(value: Json, indent = '', room = width): string {
  const line = oneLine(value);
  if (line.length <= room && !line.includes(`"${leftOut}`)) return line;
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value as readonly Json[];
    return `[\n${items.map((item, index) => member(inner, '', item, index === items.length - 1)).join('')}${indent}]`;
  }
  if (!isObject(value)) return line;
  const entries = Object.entries(value);
  const lines = entries.map(([name, each], index) =>
    member(inner, `${JSON.stringify(name)}: `, each, index === entries.length - 1),
  );
  return `{\n${lines.join('')}${indent}}`;
}

function member(indent: string, name: string, value: Json, isLast: boolean): string {
  if (value === leftOut) return `${indent}// ${leftOut}\n`;
  const text = pretty(value, indent, width - indent.length - name.length - 1);
  return `${indent}${name}${text}${isLast ? '' : ','}\n`;
}

function oneLine(value: Json): string {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(oneLine).join(', ')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}: ${oneLine(each)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}
