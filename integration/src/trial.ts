import type { ExecutionContext } from 'ava';
import type { Cluster, NodeFlags } from './cluster.ts';
import type { ClusterNode } from './cluster-node.ts';
import type { ElectionService } from './election-services.ts';
import { Lasting, type Place } from './lasting.ts';
import { Masters, patienceMs, testimonyOf } from './masters.ts';
import { finishedTasks, startSteady, tasksOf } from './steady.ts';
import { isLeaders, lostWrites, reignsOf, rivals, summary } from './testimony.ts';
import { waitUntil } from './wait-until.ts';

const agentNames = ['agent-1', 'agent-2', 'agent-3'];
/** So many answers make sure that a master goes on saying the same. */
const answersMin = 20;

/** How masters are elected, and what they and the others are told of it. */
export interface SetUp {
  readonly flags: NodeFlags;
  readonly address: string;
  /** Where another service elects. */
  readonly service?: ElectionService;
}

/** Something that is done to the leading master, and maybe to others. */
export interface Fault {
  /** Of the leader, as in "the leader was ...". */
  readonly what: string;
  readonly strike: (leader: ClusterNode) => Promise<void>;
  /** What happens besides, before anybody else leads. */
  readonly meanwhile?: () => Promise<void>;
  /** Undoes what can be undone while the former leader runs, or with its host. */
  readonly heal?: (former: ClusterNode) => Promise<void>;
  /** How the former leader ends: with 1 of its own accord. A host that is killed does not tell. */
  readonly end: '1' | 'SIGKILL' | 'with its host';
  /** Whether it is back at once, and may be elected as any other. @default false */
  readonly isBackAtOnce?: boolean;
  /** An agent that is cut off all the while, until `heal`. */
  readonly agentAway?: ClusterNode;
}

/** Masters, three agents and two frameworks at work: one with short tasks, of which there are always some, one with tasks that last. */
export class Trial {
  readonly masters: Masters;
  readonly agents: readonly ClusterNode[];
  readonly lasting: Lasting;
  readonly #t: ExecutionContext;
  readonly #steady: ClusterNode;
  readonly #ids: Readonly<Record<string, string>>;
  /** Where each lasting task was when it was first seen. */
  readonly #places: Record<string, Place> = {};
  /** Ids that were admitted before everything ran by a master whose leadership ended before it could say so: those agents have others. */
  #unanswered: readonly string[] | undefined;

  private constructor(
    t: ExecutionContext,
    parts: { masters: Masters; agents: readonly ClusterNode[]; lasting: Lasting; steady: ClusterNode },
    ids: Readonly<Record<string, string>>,
  ) {
    this.#t = t;
    this.masters = parts.masters;
    this.agents = parts.agents;
    this.lasting = parts.lasting;
    this.#steady = parts.steady;
    this.#ids = ids;
  }

  static async start(
    t: ExecutionContext,
    cluster: Cluster,
    names: readonly string[],
    { address, flags }: SetUp,
  ): Promise<Trial> {
    const masters = await Masters.start(cluster, names, flags);
    const agents = await Promise.all(agentNames.map((name) => cluster.startAgent(name, { master: address })));
    const ids = await registered(masters, agentNames.length);
    const [steady, lasting] = await Promise.all([
      startSteady(cluster, address),
      Lasting.start(cluster, address, agents),
    ]);
    const trial = new Trial(t, { masters, agents, lasting, steady }, ids);
    await trial.check('all were started');
    return trial;
  }

  /** Waits until tasks finish as before. */
  async goesOn(after: string): Promise<void> {
    const before = finishedTasks(this.#steady);
    await waitUntil(
      `tasks finish after ${after}`,
      async () => finishedTasks(this.#steady),
      (now) => now >= before + 3,
      patienceMs,
    );
  }

  /** Does something to the leader, waits until another leads, has the former one end, and brings it back. */
  async failover({ agentAway, end, heal, isBackAtOnce = false, meanwhile, strike, what }: Fault): Promise<void> {
    const { agents, lasting, masters } = this;
    const former = await masters.leader();
    const lives = (await testimonyOf(former)).length;
    await agentAway?.disconnect();
    const began = performance.now();
    const seconds = (): string => `${((performance.now() - began) / 1000).toFixed(1)} s`;
    await strike(former);
    if (isBackAtOnce) await masters.untilReborn(former, lives);
    else masters.leaveOut(former);
    await meanwhile?.();
    // Nobody leads, or one who soon will no more: what ends now is told by the next.
    const [near] = agents;
    const over = near === undefined ? undefined : await lasting.endTaskOn(near);
    const leader = await masters.leader();
    const elected = seconds();
    const present = agents.filter((agent) => agent !== agentAway);
    await registered(masters, present.length);
    this.#t.log(
      `${what}: ${former.name} is followed by ${leader.name} after ${elected}, all agents are there after ${seconds()}`,
    );
    if (over !== undefined) await lasting.untilFollowed(over);
    // What was under way on an agent that is away ends when it is back.
    if (agentAway === undefined) await this.goesOn(`the leader was ${what}`);
    await heal?.(former);
    if (agentAway !== undefined) {
      const pids = await lasting.pidsOn(agentAway);
      this.#t.is(pids, this.#pidsOn(agentAway), 'tasks run on while their agent is cut off');
      await agentAway.reconnect();
      await this.goesOn(`the leader was ${what}`);
    }
    // One that has led ends when it does no more: nobody could say what it still believes.
    const ended = (await masters.untilReborn(former, lives)) ?? 'with its host';
    this.#t.true(ended === end || ended === '1', `the former leader that was ${what} ended with ${ended}`);
    await this.check(`the leader was ${what}`, { node: former, lives });
  }

  /** Takes away what elects until nobody leads, and gives it back. */
  async nobodyLeads(
    what: string,
    takeAway: (leader: ClusterNode) => Promise<void>,
    giveBack: () => Promise<void>,
  ): Promise<void> {
    const { masters } = this;
    const former = await masters.leader();
    const lives = (await testimonyOf(former)).length;
    await takeAway(former);
    this.#t.is(await masters.untilReborn(former, lives), '1', `how the leader ended when ${what}`);
    const [life] = await waitUntil(
      `nobody leads: ${what}`,
      async () => (await testimonyOf(former)).slice(-1),
      (last) => (last[0]?.said ?? []).filter(({ says }) => says === '503').length >= answersMin,
      patienceMs,
    );
    const said = life?.said ?? [];
    this.#t.deepEqual(said.filter(isLeaders), [], `who was elected while ${what}`);
    this.#t.log(`${what}: ${former.name} ended, nobody leads: it says ${summary(said)}`);
    await giveBack();
    await masters.leader();
    await this.goesOn(what);
    await this.check(what, { node: former, lives });
  }

  /**
   * What has to be so again, whatever has happened. All masters run.
   *
   * @param former Who led before, and the number of the life in which it did.
   */
  async check(after: string, former?: { readonly node: ClusterNode; readonly lives: number }): Promise<void> {
    const t = this.#t;
    const { masters } = this;
    t.deepEqual(await registered(masters, this.agents.length), this.#ids, `agents after ${after}`);
    const places = await this.lasting.places(masters);
    for (const [id, place] of Object.entries(places)) {
      const before = this.#places[id] ?? place;
      this.#places[id] = place;
      t.deepEqual(place, before, `where ${id} runs after ${after}`);
    }
    const { positions, registry } = await masters.untilLogsAgree();
    const admitted = registry.slaves?.slaves.map(({ info }) => info.id.value) ?? [];
    const ids = Object.values(this.#ids);
    this.#unanswered ??= admitted.filter((id) => !ids.includes(id));
    t.deepEqual(admitted.toSorted(), [...ids, ...this.#unanswered].toSorted(), `the registry after ${after}`);
    const lives = await masters.testimony();
    const reigns = reignsOf(lives);
    t.deepEqual(rivals(reigns), [], `masters that led at the same time after ${after}`);
    t.deepEqual(lostWrites(lives), [], `changes that were lost after ${after}`);
    if (former === undefined) return;
    const said = lives.get(former.node.name)?.[former.lives - 1]?.said ?? [];
    const claim = said.findLastIndex(isLeaders);
    const untilMs = said[claim]?.fromMs ?? 0;
    const next = reigns.find(({ sinceMs }) => sinceMs > untilMs);
    if (next === undefined) return;
    t.log(
      `  ${former.node.name} acted as the leader until ${(next.sinceMs - untilMs).toFixed(0)} ms before ${next.master} did, ` +
        `and answered afterwards: ${summary(said.slice(claim + 1))}; the same ${positions} positions in all logs`,
    );
  }

  /** Ends all tasks, and looks at what became of them. */
  async end(): Promise<void> {
    const t = this.#t;
    const tasks = await tasksOf(this.#steady, this.agents);
    t.log(`${tasks.launched.length} short tasks, ${tasks.dropped.length} of them never started`);
    t.deepEqual(tasks.ran, tasks.finished, 'what ran has finished, once');
    t.deepEqual([...tasks.finished, ...tasks.dropped].toSorted(), tasks.launched, 'every task has one end');

    const { lasting } = this;
    const alive = Object.keys(await lasting.places(this.masters));
    await lasting.end();
    for (const id of lasting.launched()) {
      const history = lasting.history(id);
      // One that was launched by way of a master that was about to end may never have begun.
      const isDropped =
        history.length === 0 &&
        lasting.saidByMasters(id).some((said) => /^TASK_(DROPPED|LOST|GONE|UNKNOWN) /.test(said));
      if (isDropped) continue;
      const end = alive.includes(id) ? 'TASK_KILLED' : 'TASK_FINISHED';
      t.deepEqual(history, ['TASK_STARTING', 'TASK_RUNNING', end], `what was told of ${id}`);
      for (const said of lasting.saidByMasters(id))
        t.regex(said, /^TASK_(STAGING|STARTING|RUNNING|FINISHED) REASON_RECONCILIATION$/, id);
    }
    t.log(`${lasting.launched().length} lasting tasks, ${lasting.repeated()} of their updates were sent again`);
  }

  /** The processes of the task that an agent was last seen to have. */
  #pidsOn({ name }: ClusterNode): string {
    return Object.entries(this.#places).findLast(([id]) => id.startsWith(`${name}.`))?.[1].pids ?? '';
  }
}

/** Waits until so many agents are registered with whichever master leads, and active. Answers their ids by host name. */
async function registered(masters: Masters, agents: number): Promise<Record<string, string>> {
  const { slaves } = await waitUntil(
    `${agents} agents are registered`,
    () => masters.state(),
    (state) => state.slaves.filter(({ active }) => active).length === agents,
    patienceMs,
  );
  return Object.fromEntries(slaves.map(({ hostname, id }) => [hostname, id]));
}
