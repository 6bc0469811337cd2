/** What changes from run to run, replaced by what does not. */
import { createHash } from 'node:crypto';
import { isObject, type Json } from './json.ts';

const seconds = 1_767_225_600;

// Numbers and texts that differ each time, by the name of their field.
const byName: Readonly<Record<string, Json>> = {
  build_date: '2026-01-01 00:00:00',
  build_time: seconds,
  build_user: 'ann',
  cpus_system_time_secs: 0.02,
  cpus_user_time_secs: 0.06,
  elected_time: seconds,
  executor_pid: 4711,
  gid: 'ann',
  mem_rss_bytes: 50_331_648,
  mtime: seconds,
  processes: 2,
  registered_time: seconds,
  remaining_seconds: 4.5,
  reregistered_time: seconds,
  age_seconds: 1.5,
  ended_seconds_ago: 0.5,
  first_seconds_ago: 2.5,
  last_seconds_ago: 0.5,
  seconds_ago: 0.5,
  start_time: seconds,
  threads: 12,
  times: 3,
  timestamp: seconds,
  uid: 'ann',
  unregistered_time: seconds,
};

// Depend on how this project was built, or on which agents happened to be offered when they were looked at.
const dropped: ReadonlySet<string> = new Set(['everybody', 'git_branch', 'git_sha', 'git_tag']);

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const uuidNames: ReadonlySet<string> = new Set(['uuid', 'status_update_uuid']);

type Texts = readonly (readonly [found: string, shown: string])[];

/** Replaces what one run of a scenario has made up: ids, times, ports, folders. The same is replaced by the same throughout. */
export class Normaliser {
  #texts: Texts;
  #ports: ReadonlyMap<number, number>;
  readonly #uuids = new Map<string, string>();
  readonly #offers = new Map<string, string>();

  /**
   * @param texts What stands for what.
   * @param ports Which ports stand for which, in fields of their own.
   */
  constructor(texts: Texts, ports: ReadonlyMap<number, number>) {
    this.#texts = texts;
    this.#ports = ports;
  }

  /** There is more to be replaced. */
  learn(texts: Texts, ports: ReadonlyMap<number, number>): void {
    this.#texts = texts;
    this.#ports = ports;
  }

  json(value: Json, name = ''): Json {
    if (Array.isArray(value)) return (value as readonly Json[]).map((item) => this.json(item, name));
    if (isObject(value)) {
      // A time, unlike a length of time.
      if (typeof value['nanoseconds'] === 'number' && /(?:time|start|timestamp)$/.test(name)) {
        return { nanoseconds: seconds * 1e9 };
      }
      const entries = Object.entries({ ...value, ...ofFile(value) }).filter(([key]) => !dropped.has(key));
      const ofUuid = uuidNames.has(name) ? name : undefined;
      return Object.fromEntries(entries.map(([key, each]) => [this.text(key), this.json(each, ofUuid ?? key)]));
    }
    const fixed = byName[name];
    if (fixed !== undefined && typeof fixed === typeof value) return fixed;
    if (name === 'port' && typeof value === 'number') return this.#ports.get(value) ?? value;
    if (typeof value !== 'string') return value;
    return uuidNames.has(name) ? this.#uuidBytes(value) : this.text(value);
  }

  text(value: string): string {
    let text = value;
    for (const [found, shown] of this.#texts) text = text.replaceAll(found, shown);
    text = text.replaceAll(/W\/"([0-9a-f-]{36})-[\w-]+"/g, 'W/"$1-kUu2LVi1P8SO3LoPWhQ2Py"');
    return text.replaceAll(/[0-9a-f-]{36}-O\d+\b/g, (id) => this.#offer(id)).replaceAll(uuid, (id) => this.#uuid(id));
  }

  #uuid(id: string): string {
    // Those that stand in the scenario itself are shown already.
    const shown = this.#uuids.get(id) ?? example(`uuid ${this.#uuids.size}`);
    this.#uuids.set(id, shown);
    return shown;
  }

  #uuidBytes(base64: string): string {
    const bytes = Buffer.from(base64, 'base64');
    if (bytes.length !== 16) return base64;
    return Buffer.from(this.#uuid(bytes.toString('hex')).replaceAll('-', ''), 'hex').toString('base64');
  }

  #offer(id: string): string {
    const shown = this.#offers.get(id) ?? `${id.slice(0, 36)}-O${this.#offers.size}`;
    this.#offers.set(id, shown);
    return shown;
  }
}

/** What a file has from the machine that it is on: its mode, and the number of a process in the log of an executor. */
function ofFile({ mode, nlink, path }: { readonly [name: string]: Json }): { readonly [name: string]: Json } {
  if (nlink === undefined) return {};
  const isLog = typeof path === 'string' && path.endsWith('/stderr');
  return { mode: typeof mode === 'number' ? 0o100644 : '-rw-r--r--', ...(isLog ? { size: 61 } : {}) };
}

/** A UUID of version 4 that is always the same. */
function example(seed: string): string {
  const hex = createHash('sha256').update(seed).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
