// Turns buf's descriptor image (JSON) into the flat list of messages and enums that the emitters print.

const SCALARS = {
  TYPE_BOOL: 'bool',
  TYPE_BYTES: 'bytes',
  TYPE_DOUBLE: 'double',
  TYPE_FIXED32: 'fixed32',
  TYPE_FIXED64: 'fixed64',
  TYPE_FLOAT: 'float',
  TYPE_INT32: 'int32',
  TYPE_INT64: 'int64',
  TYPE_SFIXED32: 'sfixed32',
  TYPE_SFIXED64: 'sfixed64',
  TYPE_SINT32: 'sint32',
  TYPE_SINT64: 'sint64',
  TYPE_STRING: 'string',
  TYPE_UINT32: 'uint32',
  TYPE_UINT64: 'uint64',
};

const LABELS = { LABEL_OPTIONAL: 'optional', LABEL_REPEATED: 'repeated', LABEL_REQUIRED: 'required' };

// Field numbers in descriptor.proto, which source-code paths are made of.
const FILE_MESSAGE = 4;
const FILE_ENUM = 5;
const MESSAGE_FIELD = 2;
const MESSAGE_NESTED = 3;
const MESSAGE_ENUM = 4;
const ENUM_VALUE = 2;

/**
 * The TypeScript name of a protobuf type: nesting becomes `_`, and a package below `mesos.v1` becomes a prefix
 * (`mesos.v1.scheduler.Call.Accept` -> `SchedulerCall_Accept`), which is not said twice (`mesos.v1.quota.QuotaInfo`).
 */
function typeName(packageName, path) {
  const name = path.join('_');
  if (packageName === 'mesos.v1' || packageName === 'mesos.internal') return name;
  const prefix = packageName
    .split('.')
    .at(-1)
    .split('_')
    .map((word) => word[0].toUpperCase() + word.slice(1))
    .join('');
  return name.startsWith(prefix) ? name : prefix + name;
}

function commentsOf(file) {
  const comments = new Map();
  for (const location of file.sourceCodeInfo?.location ?? []) {
    if (location.leadingComments === undefined) continue;
    comments.set((location.path ?? []).join('.'), location.leadingComments.trim());
  }
  return comments;
}

function reference(field) {
  return SCALARS[field.type] ?? field.typeName.slice(1);
}

function readField(field, oneofs, mapEntries, comment) {
  const result = {
    name: field.name,
    number: field.number,
    label: LABELS[field.label],
    type: reference(field),
    deprecated: field.options?.deprecated === true,
    defaultValue: field.defaultValue,
    oneof: oneofs[field.oneofIndex ?? -1]?.name,
    comment,
  };
  if (result.type === undefined) throw new Error(`field ${field.name} has an unsupported type ${field.type}`);
  const entry = mapEntries.get(field.typeName);
  if (entry === undefined) return result;
  return { ...result, label: 'map', key: reference(entry.field[0]), type: reference(entry.field[1]) };
}

function readEnum(file, value, path, comments, codePath) {
  return {
    kind: 'enum',
    file: file.name,
    packageName: file.package,
    fullName: `${file.package}.${path.join('.')}`,
    name: typeName(file.package, path),
    comment: comments.get(codePath),
    values: value.value.map((entry, i) => ({
      name: entry.name,
      number: entry.number ?? 0,
      deprecated: entry.options?.deprecated === true,
      comment: comments.get(`${codePath}.${ENUM_VALUE}.${i}`),
    })),
  };
}

function readMessage(file, message, path, comments, codePath, into) {
  const nested = message.nestedType ?? [];
  const fullName = `${file.package}.${path.join('.')}`;
  const mapEntries = new Map();
  for (const entry of nested) if (entry.options?.mapEntry) mapEntries.set(`.${fullName}.${entry.name}`, entry);
  into.push({
    kind: 'message',
    file: file.name,
    packageName: file.package,
    fullName,
    name: typeName(file.package, path),
    comment: comments.get(codePath),
    fields: (message.field ?? []).map((field, i) =>
      readField(field, message.oneofDecl ?? [], mapEntries, comments.get(`${codePath}.${MESSAGE_FIELD}.${i}`)),
    ),
  });
  for (const [i, value] of (message.enumType ?? []).entries()) {
    into.push(readEnum(file, value, [...path, value.name], comments, `${codePath}.${MESSAGE_ENUM}.${i}`));
  }
  for (const [i, entry] of nested.entries()) {
    if (entry.options?.mapEntry) continue;
    readMessage(file, entry, [...path, entry.name], comments, `${codePath}.${MESSAGE_NESTED}.${i}`, into);
  }
}

/** Every message and enum of the image, in the order of files and declarations. */
export function readImage(image) {
  const types = [];
  for (const file of image.file) {
    const comments = commentsOf(file);
    for (const [i, value] of (file.enumType ?? []).entries()) {
      types.push(readEnum(file, value, [value.name], comments, `${FILE_ENUM}.${i}`));
    }
    for (const [i, message] of (file.messageType ?? []).entries()) {
      readMessage(file, message, [message.name], comments, `${FILE_MESSAGE}.${i}`, types);
    }
  }
  const names = new Map();
  for (const type of types) {
    const other = names.get(type.name);
    if (other !== undefined) throw new Error(`${type.fullName} and ${other} would both be called ${type.name}`);
    names.set(type.name, type.fullName);
  }
  return types;
}
