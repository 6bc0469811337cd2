import { InMemoryStorage, type StateStorage, State } from '@mesos-ts/state';
import { deferred, Runtime, SeededRandom, type PID } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import { Registrar } from '../../src/registrar/registrar.ts';
import type { AgentInfo, MasterInfo } from '@mesos-ts/protocol';
import type { RegistryContents } from '../../src/registrar/contents.ts';
import type { RegistryOperation } from '../../src/registrar/operations.ts';

/** What an agent says of itself. */
export function agentInfo(id: string, more: Partial<AgentInfo> = {}): AgentInfo {
  const resources = [{ name: 'cpus', type: 'SCALAR' as const, scalar: { value: 4 } }];
  return { id: { value: id }, hostname: `host-of-${id}`, port: 5051, resources, ...more };
}

export function masterInfo(id: string): MasterInfo {
  return { id, ip: 0, port: 5050, hostname: 'localhost', pid: 'master@127.0.0.1:5050', version: '1.12.0' };
}

/** A storage whose changes wait until they are let go, or fail. */
export class HeldStorage extends InMemoryStorage {
  readonly held: { go: () => void; fail: (error: Error) => void }[] = [];
  isHolding = false;
  sets = 0;

  override async set(...args: Parameters<StateStorage['set']>): Promise<boolean> {
    this.sets++;
    if (this.isHolding) {
      const gate = deferred<void>();
      this.held.push({
        go: () => {
          gate.resolve();
        },
        fail: gate.reject,
      });
      await gate.promise;
    }
    return super.set(...args);
  }
}

/** A registrar on a runtime under a test clock. */
export class RegistrarBench implements AsyncDisposable {
  readonly clock = new TestClock();
  readonly log: string[] = [];
  readonly storage: StateStorage;
  readonly runtime: Runtime;
  readonly pid: PID<Registrar>;

  constructor(storage: StateStorage = new InMemoryStorage(), seed = 1) {
    this.storage = storage;
    const note = (text: string): void => {
      this.log.push(text);
    };
    this.runtime = new Runtime({
      clock: this.clock,
      random: new SeededRandom(seed),
      logger: { debug: () => undefined, info: note, warn: note, error: note },
    });
    const state = new State(storage, this.runtime.random);
    this.pid = this.runtime.spawn(new Registrar({ state, fetchTimeoutMs: 60_000, storeTimeoutMs: 20_000 }));
  }

  recover(id = 'M'): Promise<RegistryContents> {
    return this.runtime.dispatch(this.pid, 'recover', [masterInfo(id)]);
  }

  apply(operation: RegistryOperation): Promise<boolean> {
    return this.runtime.dispatch(this.pid, 'apply', [operation]);
  }

  async shown(): Promise<Record<string, unknown>> {
    const { body } = await this.runtime.inject({ url: '/registrar(1)/registry' });
    return JSON.parse(body.toString()) as Record<string, unknown>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runtime.close();
  }
}
