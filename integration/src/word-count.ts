import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MASTER_PORT, type Cluster } from './cluster.ts';
import type { ClusterNode } from './cluster-node.ts';
import { waitUntil } from './wait-until.ts';

const PROGRAM = '/opt/mesos-ts/examples/dist/src/wordcount/main.js';
const INPUT = '/var/lib/input';
/** `wc` and the word count take white space and printable characters for what this locale says. */
const LOCALE = 'C.UTF-8';

const WORDS = ['To', 'be,', 'or', '—', 'naïve', 'ΑΩ', '単語', 'a\u00A0b', "it's", '\u0001', '42', 'e\u0301', '«x»'];
const WORDS_PER_FILE = 4000;
const BLANKS = [' ', '  ', '\n', '\t', '\r\n', '\u2003', ' \v', '\f'];

/** Texts by file name, with words and white space of many kinds; always the same. */
export function sampleTexts(): Record<string, string> {
  const names = ['first.txt', 'second.txt', 'third.txt'];
  return Object.fromEntries(names.map((name, index) => [name, sampleText(WORDS_PER_FILE + index)]));
}

function sampleText(words: number): string {
  let text = '';
  for (let index = 0; index < words; index += 1) {
    // The blanks go round more slowly than the words, so that all of them come together.
    text += `${WORDS[index % WORDS.length]}${BLANKS[(index >> 4) % BLANKS.length]}`;
  }
  return text;
}

/** How many words `wc -w` on this machine finds in texts. */
export function wcWords(texts: Readonly<Record<string, string>>): number {
  const folder = mkdtempSync(join(tmpdir(), 'mesos-ts-input-'));
  try {
    const paths = Object.entries(texts).map(([name, text]) => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    });
    const env = { ...process.env, LC_ALL: LOCALE };
    const lines = execFileSync('wc', ['-w', ...paths], { encoding: 'utf8', env })
      .trimEnd()
      .split('\n');
    const total = /^ *(\d+) total$/.exec(lines.at(-1) ?? '')?.[1];
    if (total === undefined) throw new Error(`No total from wc: ${lines.join(', ')}`);
    return Number(total);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Starts the word count as a framework of its own host. A task takes one CPU. */
export async function startWordCount(
  cluster: Cluster,
  texts: Readonly<Record<string, string>>,
  shards: number,
): Promise<ClusterNode> {
  const name = 'wordcount';
  return cluster.startNode({
    name,
    command: [
      'node',
      PROGRAM,
      `--master=${cluster.addressOf('master')}:${MASTER_PORT}`,
      `--input=${INPUT}`,
      `--ip=${cluster.addressOf(name)}`,
      `--shards=${shards}`,
      '--exit',
    ],
    environment: { LC_ALL: LOCALE },
    files: Object.fromEntries(Object.entries(texts).map(([file, text]) => [`${INPUT}/${file}`, text])),
  });
}

/** The total that a word count has printed. */
export function totalOf(framework: ClusterNode): number {
  return Number(/^Total: (\d+) words$/m.exec(framework.logs())?.[1]);
}

const HOLD = '/tmp/hold';
const HELD = '/tmp/held';
const GATE = '/etc/gate.mjs';
/** Runs in every Node.js process of the agent's executors before its own program. */
const GATE_PROGRAM = `
import { existsSync, mkdirSync } from 'node:fs';
if (process.argv[1]?.endsWith('count.mjs') && existsSync('${HOLD}')) {
  const [, task] = /\\/executors\\/([^/]+)\\//.exec(process.cwd());
  const held = '${HELD}/' + task + '/' + process.pid;
  mkdirSync(held, { recursive: true });
  while (existsSync('${HOLD}')) await new Promise((resolve) => setTimeout(resolve, 50));
}
`;

/** A task that runs and will not count before it is let. */
export interface HeldTask {
  readonly task: string;
  /** The id of its OS process, in the agent's node. */
  readonly pid: number;
}

/** Flags of an agent whose counting tasks can be held; with {@link gateFiles}. */
export const gateFlags = {
  executor_environment_variables: JSON.stringify({ NODE_OPTIONS: `--import=${GATE}` }),
};

/** Files of an agent whose counting tasks can be held. */
export const gateFiles = { [GATE]: GATE_PROGRAM };

/**
 * From now on counting tasks wait before they count, and so go on running.
 *
 * @returns those that do, once there are `tasks` of them.
 */
export async function holdTasks(agent: ClusterNode, tasks: number): Promise<HeldTask[]> {
  await agent.run(['mkdir', HELD]);
  await agent.run(['touch', HOLD]);
  return waitUntil(
    `${tasks} tasks are held`,
    async () => {
      const stdout = await agent.run(['find', HELD, '-mindepth', '2']);
      return [...stdout.matchAll(/([^/\n]+)\/(\d+)$/gm)].map(([, task = '', pid]) => ({ task, pid: Number(pid) }));
    },
    (held) => held.length >= tasks,
  );
}

/** Lets the tasks that are held go on. */
export async function releaseTasks(agent: ClusterNode): Promise<void> {
  await agent.run(['rm', HOLD]);
}
