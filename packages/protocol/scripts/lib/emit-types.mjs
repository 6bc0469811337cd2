// Prints TypeScript types: one file per protobuf package, plain objects with the wire's field names, enums as literals.

const NUMBERS = new Set(
  'double fixed32 fixed64 float int32 int64 sfixed32 sfixed64 sint32 sint64 uint32 uint64'.split(' '),
);

const BANNER = '// Generated from the .proto files by scripts/generate.mjs.\n';

const byName = (a, b) => (a < b ? -1 : Number(a > b));

/** The file (without folder) that holds the types of a protobuf package. */
export function fileOf(packageName) {
  return `${packageName.replaceAll('.', '-').replaceAll('_', '-')}.ts`;
}

function doc(comment, indent, deprecated = false) {
  const lines = comment === undefined ? [] : comment.split('\n').map((line) => line.trim().replaceAll('*/', '* /'));
  if (deprecated) lines.push('@deprecated');
  if (lines.length === 0) return '';
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join('\n')}\n${indent} */\n`;
}

function printEnum(type) {
  const values = type.values.map((value) => `${doc(value.comment, '  ')}  ${value.name}: '${value.name}',\n`).join('');
  const text = doc(type.comment, '');
  return `${text}export const ${type.name} = {\n${values}} as const;\n${text}export type ${type.name} = (typeof ${type.name})[keyof typeof ${type.name}];\n`;
}

function printMessage(type, nameOf) {
  const text = doc(type.comment, '');
  if (type.fields.length === 0) return `${text}export type ${type.name} = Record<string, never>;\n`;
  const fields = type.fields.map((field) => {
    const value = nameOf(field.type);
    const line = doc(field.comment, '  ', field.deprecated);
    if (field.label === 'required') return `${line}  ${field.name}: ${value};\n`;
    const wrapped = { map: `Record<string, ${value}>`, optional: value, repeated: `${value}[]` }[field.label];
    return `${line}  ${field.name}?: ${wrapped} | undefined;\n`;
  });
  return `${text}export interface ${type.name} {\n${fields.join('')}}\n`;
}

function printFile(packageName, types, byFullName) {
  const imports = new Map();
  const nameOf = (reference) => {
    if (NUMBERS.has(reference)) return 'number';
    if (reference === 'bool') return 'boolean';
    if (reference === 'bytes') return 'Uint8Array';
    if (reference === 'string') return 'string';
    const target = byFullName.get(reference);
    if (target.packageName !== packageName) {
      const names = imports.get(target.packageName) ?? new Set();
      imports.set(target.packageName, names.add(target.name));
    }
    return target.name;
  };
  const body = types.map((type) => (type.kind === 'enum' ? printEnum(type) : printMessage(type, nameOf)));
  const head = [...imports]
    .toSorted(([a], [b]) => byName(a, b))
    .map(([name, used]) => `import type { ${[...used].toSorted(byName).join(', ')} } from './${fileOf(name)}';\n`);
  return [BANNER + head.join(''), ...body].join('\n');
}

function printMessageTypes(messages) {
  const names = new Map();
  for (const { packageName, name } of messages) names.set(packageName, [...(names.get(packageName) ?? []), name]);
  const imports = [...names].map(
    ([packageName, used]) => `import type { ${used.toSorted(byName).join(', ')} } from './${fileOf(packageName)}';\n`,
  );
  const lines = messages.map((type) => `  '${type.fullName}': ${type.name};\n`);
  const text = '/** The TypeScript type of every message, by its full protobuf name. */\n';
  return `${BANNER}${imports.join('')}\n${text}export interface MessageTypes {\n${lines.join('')}}\n`;
}

/** The generated type files: a map from file name to text. */
export function emitTypes(types) {
  const byFullName = new Map(types.map((type) => [type.fullName, type]));
  const packages = groupByPackage(types);
  const files = new Map();
  for (const [packageName, members] of packages) {
    files.set(fileOf(packageName), printFile(packageName, members, byFullName));
  }
  files.set('message-types.ts', printMessageTypes(types.filter((type) => type.kind === 'message')));
  return files;
}

function groupByPackage(types) {
  const groups = new Map();
  for (const type of types) groups.set(type.packageName, [...(groups.get(type.packageName) ?? []), type]);
  return groups;
}
