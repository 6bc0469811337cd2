import { RecordDecoder } from '@mesos-ts/protocol';
import type { MasterEvent } from '@mesos-ts/protocol';
import type { TestCluster } from '../../src/testing/index.ts';

/** What an operator's call was answered. */
export interface Answered {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly text: string;
  readonly body: Buffer;
}

/** Makes an operator's call in JSON. */
export async function call(
  cluster: TestCluster,
  body: object | string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const answer = await cluster.runtime.inject({
    url: '/api/v1',
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
  return {
    status: answer.status,
    contentType: answer.headers['content-type'],
    text: answer.body.toString(),
    body: answer.body,
  };
}

/** What a call without more than its type is answered, as JSON. */
export async function get(cluster: TestCluster, type: string): Promise<unknown> {
  return JSON.parse((await call(cluster, { type })).text);
}

/** Subscribes to operator events. What is answered can be looked at when the master has closed. */
export async function subscribe(cluster: TestCluster): Promise<() => Promise<MasterEvent[]>> {
  const answered = call(cluster, { type: 'SUBSCRIBE' });
  await cluster.clock.settle();
  return async () => {
    await cluster.master.close();
    const records = new RecordDecoder().push((await answered).body);
    return records.map((record) => JSON.parse(Buffer.from(record).toString()) as MasterEvent);
  };
}
