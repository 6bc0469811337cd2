import { fromJson, parseJson, ProtocolError, type MessageName, type MessageOf, type Parsed } from '@mesos-ts/protocol';

/** Reads the body of a form, `name=value&name=value`. What is told twice counts as it is told last. */
export function parseForm(body: string): Parsed<Map<string, string>> {
  const values = new Map<string, string>();
  for (const pair of body.split(/[&;]/).filter((part) => part !== '')) {
    const equals = pair.indexOf('=');
    const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
    try {
      values.set(decode(name), decode(value));
    } catch {
      return { error: `Malformed % escape in '${pair}'` };
    }
  }
  return { value: values };
}

function decode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}

/** Reads a message of JSON that was parsed. */
export function parseMessage<N extends MessageName>(name: N, json: unknown): Parsed<MessageOf<N>> {
  try {
    return { value: fromJson(name, json) };
  } catch (error) {
    if (error instanceof ProtocolError) return { error: error.message };
    throw error;
  }
}

/** Reads a list of messages of JSON that was parsed. */
export function parseMessages<N extends MessageName>(name: N, json: readonly unknown[]): Parsed<MessageOf<N>[]> {
  const messages: MessageOf<N>[] = [];
  for (const each of json) {
    const { error, value } = parseMessage(name, each);
    if (error !== undefined) return { error };
    messages.push(value);
  }
  return { value: messages };
}

/** Reads a JSON array. */
export function parseArray(text: string): Parsed<readonly unknown[]> {
  const { error, value } = parseJson(text);
  if (error !== undefined) return { error };
  return Array.isArray(value) ? { value } : { error: 'Unexpected JSON type parsed' };
}

/** Reads a JSON object. */
export function parseObject(text: string): Parsed<object> {
  const { error, value } = parseJson(text);
  if (error !== undefined) return { error };
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? { value } : { error: 'Unexpected JSON type parsed' };
}
