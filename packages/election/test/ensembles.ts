/** What holds while the servers of an election service are cut off from each other, as tests. */
import type { TestFn } from 'ava';
import { until } from './groups.ts';
import { systemSurroundings } from './surroundings.ts';
import type { Candidacy, Group, Surroundings } from '../src/interfaces.ts';
import type { TestEnsemble } from '../src/testing/ensemble.ts';

/** How long a session may last there; long, so that none is over because this machine has much else to do. */
const sessionTimeoutMs = 10_000;
/** Nobody waits for the end of these: they outlast an election among the servers, too. */
const longSessionMs = 20_000;
const testTimeoutMs = 240_000;

/** What differs between services. */
export interface EnsembleTestsOptions {
  readonly name: string;
  /** Why it cannot be started here; undefined when it can. */
  readonly absence: string | undefined;
  readonly start: () => Promise<TestEnsemble>;
  /** Somebody's way to those servers. @param place The same for all of one test. */
  readonly group: (
    ports: readonly number[],
    place: number,
    surroundings: Surroundings,
    sessionTimeoutMs: number,
  ) => Group;
}

/** Somebody who wants to lead, again when that was lost, as a master that a supervisor starts. */
class Candidate implements AsyncDisposable {
  readonly name: string;
  readonly group: Group;
  candidacy: Candidacy | undefined;
  #isClosed = false;

  constructor(name: string, group: Group) {
    this.name = name;
    this.group = group;
  }

  /** Resolves when it takes part. */
  async contend(): Promise<void> {
    this.candidacy = await this.group.join(this.name);
    void this.#again(this.candidacy);
  }

  /** Whether it would act as the leader now. */
  get leads(): boolean {
    return this.candidacy?.isHeld() === true && this.group.members()?.[0]?.name === this.candidacy.name;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    return this.group.close();
  }

  async #again(candidacy: Candidacy): Promise<void> {
    await candidacy.lost;
    if (!this.#isClosed) await this.contend().catch(() => undefined);
  }
}

/** Resolves when one of them leads and all know it. */
async function oneLeads(candidates: readonly Candidate[]): Promise<void> {
  const groups = candidates.map(({ group }) => group);
  await until(groups, () => {
    const leaders = new Set(groups.map((group) => group.members()?.[0]?.name));
    return leaders.size === 1 && candidates.some(({ leads }) => leads);
  });
}

/** Declares the tests. */
export function ensembleTests(test: TestFn, { absence, group, name, start }: EnsembleTestsOptions): void {
  if (absence !== undefined && process.env['MESOS_REQUIRE_ELECTION_SERVICES'] !== '1') {
    test(`ensembles of ${name} are not tested: ${absence}`, (t) => {
      t.log(absence);
      t.pass();
    });
    return;
  }
  let ensemble: TestEnsemble;
  let count = 0;
  test.before(async () => {
    ensemble = await start();
  });
  test.after.always(() => ensemble?.close());
  test.afterEach.always(() => {
    ensemble.links.heal();
  });

  const candidate = (who: string, servers: readonly number[], place: number, lastsMs = sessionTimeoutMs): Candidate => {
    const ports = servers.map((index) => ensemble.servers[index]?.port ?? 0);
    return new Candidate(who, group(ports, place, systemSurroundings(++count), lastsMs));
  };

  for (const role of ['leader', 'follower'] as const) {
    const title = `a leader whose only server, the ${role} of the ensemble, is cut off stops before another one leads, and one leads when all is whole again`;
    test.serial(`${name}: ${title}`, async (t) => {
      t.timeout(testTimeoutMs);
      const place = ++count;
      const serverLeader = await ensemble.leader();
      const cut = role === 'leader' ? serverLeader : (serverLeader + 1) % 3;
      const rest = [0, 1, 2].filter((index) => index !== cut);
      await using first = candidate('first', [cut], place);
      await using second = candidate('second', rest, place);
      await using third = candidate('third', rest, place);
      const all = [first, second, third];
      for (const each of all) await each.contend();
      await until(first.group, () => first.leads);
      await oneLeads(all);
      const { candidacy } = first;

      ensemble.links.isolate(cut);
      await until([second.group, third.group], () => second.leads || third.leads);
      t.false(candidacy?.isHeld(), 'two would have led');
      t.is(typeof (await candidacy?.lost), 'string');
      await until(first.group, () => first.group.members()?.length === 0);

      ensemble.links.heal();
      await until(second.group, () => second.group.members()?.length === 3);
      await oneLeads(all);
      t.is(all.filter(({ leads }) => leads).length, 1);
    });
  }

  test.serial(`${name}: a leader whose server is cut off goes to another one, and goes on leading`, async (t) => {
    t.timeout(testTimeoutMs);
    const place = ++count;
    const serverLeader = await ensemble.leader();
    const followers = [0, 1, 2].filter((index) => index !== serverLeader);
    await using first = candidate('first', followers, place, longSessionMs);
    await using second = candidate('second', [serverLeader], place, longSessionMs);
    for (const each of [first, second]) await each.contend();
    await oneLeads([first, second]);
    const { candidacy } = first;
    for (const index of followers) {
      ensemble.links.isolate(index);
      // A server that is cut off cannot tell of it.
      const other = candidate('other', [serverLeader], place);
      await other.contend();
      await until(first.group, () => first.group.members()?.length === 3);
      t.true(candidacy?.isHeld());
      ensemble.links.heal();
      await other[Symbol.asyncDispose]();
      // It is one of them again.
      await using probe = candidate('probe', [index], ++count);
      await probe.contend();
      await until(first.group, () => first.group.members()?.length === 2);
    }
    t.true(first.leads);
    t.false(second.leads);
  });
}
