import { MemoryNetwork, Process, Runtime, textResponse } from '@mesos-ts/libprocess';
import test from 'ava';
import { onLeader, onRecoveredLeader, redirectHandler, type Leadership } from '../../src/http/leader.ts';
import type { HttpResponse } from '@mesos-ts/libprocess';
import type { MasterInfo } from '@mesos-ts/protocol';

const self: MasterInfo = { id: 'M', ip: 0, port: 5050, hostname: 'here' };
const other: MasterInfo = { id: 'N', ip: 0, port: 5051, address: { ip: '10.0.0.9', port: 5051 } };

const mine = (): HttpResponse => textResponse(200, 'mine');

class Standby extends Process {
  readonly #leadership: Leadership;

  constructor(leadership: Leadership) {
    super('master');
    this.#leadership = leadership;
  }

  protected override initialize(): void {
    this.route('/state', onLeader(this.#leadership, mine));
    this.route('/api/v1', onRecoveredLeader(this.#leadership, mine));
    this.route('/redirect', redirectHandler(this.#leadership));
  }
}

async function answerOf(
  leader: MasterInfo | undefined,
  url: string,
  recovered = true,
): Promise<[number, string | undefined]> {
  await using runtime = await new Runtime({ transport: new MemoryNetwork().transport(), delegate: 'master' }).start();
  const facts = { info: self, startTimeMs: 0, flags: {} };
  runtime.spawn(new Standby({ facts, leader: () => leader, isRecovered: () => recovered }));
  const { body, headers, status } = await runtime.inject({ url, method: 'POST' });
  return [status, headers['location'] ?? (body.length === 0 ? undefined : body.toString())];
}

test('a master that leads answers itself', async (t) => {
  t.deepEqual(await answerOf(self, '/state'), [200, 'mine']);
  t.deepEqual(await answerOf(self, '/redirect'), [307, '//here:5050']);
});

test('one that does not sends clients to the leader, with the path below the actor and the query as they sent it', async (t) => {
  t.deepEqual(await answerOf(other, '/state?x=a%20b&jsonp=f'), [307, '//10.0.0.9:5051/master/state?x=a%20b&jsonp=f']);
  t.deepEqual(await answerOf(other, '/master/state/'), [307, '//10.0.0.9:5051/master/state']);
  t.deepEqual(await answerOf(other, '/api/v1'), [307, '//10.0.0.9:5051/master/api/v1']);
  t.deepEqual(await answerOf(other, '/state/%0d%0aX:y'), [307, '//10.0.0.9:5051/master/state/%0D%0AX%3Ay']);
  t.deepEqual(await answerOf(other, '/state/%3Fx'), [307, '//10.0.0.9:5051/master/state/%3Fx']);
  const six = { ...other, address: { ip: '::1', port: 5051 } };
  t.deepEqual(await answerOf(six, '/state'), [307, '//[::1]:5051/master/state']);
});

test('/redirect tells the place of the leader only, and nothing below it exists', async (t) => {
  t.deepEqual(await answerOf(other, '/redirect?x=1'), [307, '//10.0.0.9:5051']);
  t.deepEqual(await answerOf(other, '/redirect/state'), [404, '404 Not Found.']);
});

test('without a leader there is nobody to send clients to', async (t) => {
  t.deepEqual(await answerOf(undefined, '/state'), [503, 'No leader elected']);
  t.deepEqual(await answerOf(undefined, '/redirect'), [503, 'No leader elected']);
});

test('one that leads and does not know its registry yet takes no calls, and shows what there is', async (t) => {
  t.deepEqual(await answerOf(self, '/api/v1', false), [503, 'Master has not finished recovery']);
  t.deepEqual(await answerOf(self, '/state', false), [200, 'mine']);
  // Whoever does not lead has nothing to recover.
  t.deepEqual(await answerOf(other, '/api/v1', false), [307, '//10.0.0.9:5051/master/api/v1']);
  t.deepEqual(await answerOf(undefined, '/api/v1', false), [503, 'No leader elected']);
});
