import { parseResources, type Resources } from '@mesos-ts/protocol';

/** Resources of a text that is one of resources. */
export function resources(text: string): Resources {
  const parsed = parseResources(text);
  if (parsed.error !== undefined) throw new TypeError(parsed.error);
  return parsed.value;
}
