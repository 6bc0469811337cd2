// Prints the schema table: what the validator and the codecs know about every message and enum.

function defaultOf(field) {
  const text = field.defaultValue;
  // Deprecated fields are never made up from their default.
  if (text === undefined || field.deprecated) return undefined;
  if (field.type === 'bool') return text === 'true';
  return field.type === 'string' || field.type.includes('.') ? text : Number(text);
}

function printField(field) {
  const parts = [field.name, field.number, field.label, field.type];
  const extra = { default: defaultOf(field), key: field.key, oneof: field.oneof };
  if (Object.values(extra).some((value) => value !== undefined)) parts.push(extra);
  return JSON.stringify(parts);
}

/** The text of the generated schema table. */
export function emitSchema(types) {
  const messages = types
    .filter((type) => type.kind === 'message')
    .map((type) => `  '${type.fullName}': [${type.fields.map((field) => printField(field)).join(', ')}],\n`);
  const enums = types
    .filter((type) => type.kind === 'enum')
    .map((type) => {
      const values = type.values.map((value) => `${value.name}: ${value.number}`).join(', ');
      return `  '${type.fullName}': { ${values} },\n`;
    });
  return `// Generated from the .proto files by scripts/generate.mjs.
import type { EnumTable, MessageTable } from '../schema/table.ts';

/** The fields of every message, by its full protobuf name. */
export const messages: MessageTable = {
${messages.join('')}};

/** The values of every enum, by its full protobuf name. */
export const enums: EnumTable = {
${enums.join('')}};
`;
}
