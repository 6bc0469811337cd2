import { readMaster, type MasterState } from './cluster-state.ts';
import { masterPort, masterWorkDir, type Cluster, type NodeFlags } from './cluster.ts';
import type { ClusterNode } from './cluster-node.ts';
import type { LogContents } from './programs/log-contents.ts';
import type { WitnessOptions } from './programs/witness.ts';
import { readTestimony, type Life } from './testimony.ts';
import { waitUntil } from './wait-until.ts';

/** An address that no host has: frames to it are lost without a word. */
const nobodysMac = '02:00:00:00:00:01';
const masterProcess = /^\S*node \S*\/mesos-master /;
/** Much more than it takes: a machine may have much else to do. */
export const patienceMs = 180_000;
const programsFolder = '/opt/mesos-ts/integration/dist/src/programs';
const testimonyFile = '/tmp/testimony';
const restPath = '/tmp/witness-rests';
/** The role whose weight the witnesses change. */
const witnessRole = 'witness';

/** What the logs of all masters hold. */
export interface AgreedLog {
  readonly positions: number;
  /** As `/registrar(1)/registry` shows it. */
  readonly registry: {
    readonly slaves?: { readonly slaves: readonly { readonly info: { readonly id: { readonly value: string } } }[] };
    readonly weights?: readonly { readonly info: { readonly role: string; readonly weight: number } }[];
  };
}

/** The masters of a cluster, of which one leads, each with a witness that runs it, again when it ends, and asks it all the time. */
export class Masters {
  readonly nodes: readonly ClusterNode[];
  /** Those that cannot be asked at the moment. */
  readonly #away = new Set<ClusterNode>();
  /** What was decided, by position, as far as any replica was seen to have learned it. */
  readonly #decided = new Map<number, string>();

  private constructor(nodes: readonly ClusterNode[]) {
    this.nodes = nodes;
  }

  /** Starts so many masters and waits until one leads. */
  static async start(cluster: Cluster, names: readonly string[], flags: NodeFlags): Promise<Masters> {
    const start = (name: string): Promise<ClusterNode> => {
      const url = `http://${cluster.addressOf(name)}:${masterPort}/api/v1`;
      return cluster.startMaster(flags, name, (command) => withWitness({ command, url }));
    };
    const masters = new Masters(await Promise.all(names.map(start)));
    await masters.leader();
    return masters;
  }

  /** Waits until exactly one of the masters that can be asked leads. */
  async leader(): Promise<ClusterNode> {
    const elected = await waitUntil(
      'one master leads',
      async () => this.leading(),
      ({ length }) => length === 1,
      patienceMs,
    );
    const [leader] = elected;
    if (leader === undefined) throw new Error('Nobody leads');
    return leader;
  }

  /** The masters that serve as leaders, of all that can be asked, as their witnesses said last. */
  leading(): readonly ClusterNode[] {
    return this.nodes.filter((node) => {
      const said = /[^]*^witness: (leads|does not lead)$/m.exec(node.logs())?.[1];
      return said === 'leads' && !this.#away.has(node);
    });
  }

  /** What the leading master tells of the cluster. Throws while there is none; who waits asks again, and maybe another. */
  async state(): Promise<MasterState> {
    const [leader, ...others] = this.leading();
    if (leader === undefined || others.length > 0) throw new Error('Nobody leads');
    return readMaster(leader);
  }

  others(node: ClusterNode): readonly ClusterNode[] {
    return this.nodes.filter((other) => other !== node);
  }

  /** Leaves a master out of what is asked, while it cannot answer. */
  leaveOut(node: ClusterNode): void {
    this.#away.add(node);
  }

  /** It can be asked again. */
  isBack(node: ClusterNode): void {
    this.#away.delete(node);
  }

  /** Waits until a master has ended so many lives, on a host that may have to be started, and serves in the next. Answers how it ended. */
  async untilReborn(node: ClusterNode, lives: number): Promise<string | undefined> {
    const all = await waitUntil(
      `${node.name} has ended and begun anew`,
      () => testimonyOf(node),
      ({ length }) => length > lives,
      patienceMs,
    );
    await node.waitForHttp(masterPort, '/health', patienceMs);
    this.isBack(node);
    return all[lives - 1]?.end;
  }

  /** What the witnesses of all masters have written down, by the master's name. All have to run. */
  async testimony(): Promise<Map<string, Life[]>> {
    const told = this.nodes.map(async (node) => [node.name, await testimonyOf(node)] as const);
    return new Map(await Promise.all(told));
  }

  /**
   * Waits until the logs of all masters hold the same: every position from where the last of them begins, and what was decided for it; and
   * thus the same registry. A standby that was away fetches what it missed within some seconds. Nobody writes meanwhile but the masters.
   *
   * @throws when two replicas have ever been seen to know of different decisions for one position.
   */
  async untilLogsAgree(): Promise<AgreedLog> {
    await Promise.all(this.nodes.map((node) => node.run(['touch', restPath])));
    const [first] = await waitUntil(
      'the logs of all masters hold the same registry',
      async () => {
        const logs = (await Promise.all(this.nodes.map(contentsOf))).filter((log) => log !== undefined);
        if (logs.length < this.nodes.length) return [];
        for (const log of logs) this.#note(log);
        const begin = Math.max(...logs.map((log) => log.begin));
        return logs.map(({ actions, registry }) => ({
          actions: actions
            .filter(({ position }) => position >= begin)
            .map(({ position, value }) => `${position}: ${value}`),
          registry,
        }));
      },
      ([log, ...others]) =>
        log?.registry !== undefined && others.every((other) => JSON.stringify(other) === JSON.stringify(log)),
      patienceMs,
    );
    await Promise.all(this.nodes.map((node) => node.run(['rm', restPath])));
    if (first === undefined) throw new Error('There are no masters');
    return { positions: first.actions.length, registry: first.registry as AgreedLog['registry'] };
  }

  #note({ actions }: LogContents): void {
    for (const { isLearned, position, value } of actions) {
      if (!isLearned) continue;
      const known = this.#decided.get(position) ?? value;
      if (known !== value) throw new Error(`Position ${position} was decided twice: ${known}, and ${value}`);
      this.#decided.set(position, value);
    }
  }
}

/** What the witness of a master has written down. */
export async function testimonyOf(node: ClusterNode): Promise<Life[]> {
  return readTestimony(await node.run(['cat', testimonyFile]));
}

/** The process of a master on its host. */
export async function signalMaster(node: ClusterNode, signal: 'CONT' | 'KILL' | 'STOP'): Promise<void> {
  const pids = await node.processes(masterProcess);
  await node.run(['kill', `-${signal}`, ...pids.map(String)]);
}

/** Loses the disk of a master, and the master with it. It begins anew by itself. */
export async function wipe(node: ClusterNode): Promise<void> {
  await signalMaster(node, 'STOP');
  await node.run(['rm', '-rf', masterWorkDir]);
  await signalMaster(node, 'KILL');
}

/** From now on nothing that a node sends reaches the others, silently. What they send still arrives. */
export async function cutOneWay(node: ClusterNode, others: readonly ClusterNode[]): Promise<void> {
  const commands = others.map(({ ip }) => `arp -s ${ip} ${nobodysMac}`);
  await node.run(['sh', '-ec', commands.join('; ')]);
}

export async function healOneWay(node: ClusterNode, others: readonly ClusterNode[]): Promise<void> {
  const commands = others.map(({ ip }) => `arp -d ${ip}`);
  await node.run(['sh', '-ec', commands.join('; ')]);
}

/** What runs the command of a master, with a witness. */
function withWitness(master: Pick<WitnessOptions, 'command' | 'url'>): string[] {
  const options: WitnessOptions = { ...master, file: testimonyFile, restFile: restPath, role: witnessRole };
  return ['node', `${programsFolder}/witness.js`, JSON.stringify(options)];
}

/** What a master has in the directory of its log; undefined while it begins anew. */
async function contentsOf(node: ClusterNode): Promise<LogContents | undefined> {
  // A log is of one program: what is on the disk is read in a copy, which is of one moment.
  const pid = "pid=$(ps -o pid,args | awk '$2 ~ /node$/ && /\\/mesos-master /{print $1}')";
  const copy = `rm -rf /tmp/log; kill -STOP $pid; cp -r ${masterWorkDir}/replicated_log /tmp/log; kill -CONT $pid`;
  const read = `node ${programsFolder}/log-contents.js /tmp/log`;
  const { exitCode, stdout } = await node.exec(['sh', '-c', `${pid}; ${copy}; ${read}`]);
  return exitCode === 0 ? (JSON.parse(stdout) as LogContents) : undefined;
}
