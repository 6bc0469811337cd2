/**
 * `Reflect.getMetadata` and the like, which the library that makes certificates for tests registers its algorithms with. To be imported
 * before it.
 */
const all = new WeakMap<object, Map<unknown, unknown>>();

function getOwnMetadata(key: unknown, target: object): unknown {
  return all.get(target)?.get(key);
}

function getMetadata(key: unknown, target: object): unknown {
  for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    if (all.get(at)?.has(key) === true) return getOwnMetadata(key, at);
  }
  return undefined;
}

function defineMetadata(key: unknown, value: unknown, target: object): void {
  all.set(target, (all.get(target) ?? new Map<unknown, unknown>()).set(key, value));
}

Object.assign(Reflect, { defineMetadata, getMetadata, getOwnMetadata });
