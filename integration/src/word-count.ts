import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { masterPort, type Cluster } from './cluster.ts';
import type { ClusterNode } from './cluster-node.ts';
import { waitUntil } from './wait-until.ts';

const programPath = '/opt/mesos-ts/examples/dist/src/wordcount/main.js';
const inputFolder = '/var/lib/input';
/** `wc` and the word count take white space and printable characters for what this locale says. */
const wcLocale = 'C.UTF-8';

const vocabulary = [
  'To',
  'be,',
  'or',
  '—',
  'naïve',
  'ΑΩ',
  '単語',
  'a\u00A0b',
  "it's",
  '\u0001',
  '42',
  'e\u0301',
  '«x»',
];
const wordsPerFile = 4000;
const separators = [' ', '  ', '\n', '\t', '\r\n', '\u2003', ' \v', '\f'];

/** Texts by file name, with words and white space of many kinds; always the same. */
export function sampleTexts(): Record<string, string> {
  const names = ['first.txt', 'second.txt', 'third.txt'];
  return Object.fromEntries(names.map((name, index) => [name, sampleText(wordsPerFile + index)]));
}

function sampleText(words: number): string {
  let text = '';
  for (let index = 0; index < words; index += 1) {
    // The blanks go round more slowly than the words, so that all of them come together.
    text += `${vocabulary[index % vocabulary.length]}${separators[(index >> 4) % separators.length]}`;
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
    const env = { ...process.env, LC_ALL: wcLocale };
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
      programPath,
      `--master=${cluster.addressOf('master')}:${masterPort}`,
      `--input=${inputFolder}`,
      `--ip=${cluster.addressOf(name)}`,
      `--shards=${shards}`,
      '--exit',
    ],
    environment: { LC_ALL: wcLocale },
    files: Object.fromEntries(Object.entries(texts).map(([file, text]) => [`${inputFolder}/${file}`, text])),
  });
}

/** The total that a word count has printed. */
export function totalOf(framework: ClusterNode): number {
  return Number(/^Total: (\d+) words$/m.exec(framework.logs())?.[1]);
}

const holdPath = '/tmp/hold';
const heldFolder = '/tmp/held';
const gatePath = '/etc/gate.mjs';
/** Runs in every Node.js process of the agent's executors before its own program. */
const gateProgram = `
import { existsSync, mkdirSync } from 'node:fs';
if (process.argv[1]?.endsWith('count.mjs') && existsSync('${holdPath}')) {
  const [, task] = /\\/executors\\/([^/]+)\\//.exec(process.cwd());
  const held = '${heldFolder}/' + task + '/' + process.pid;
  mkdirSync(held, { recursive: true });
  while (existsSync('${holdPath}')) await new Promise((resolve) => setTimeout(resolve, 50));
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
  executor_environment_variables: JSON.stringify({ NODE_OPTIONS: `--import=${gatePath}` }),
};

/** Files of an agent whose counting tasks can be held. */
export const gateFiles = { [gatePath]: gateProgram };

/**
 * From now on counting tasks wait before they count, and so go on running.
 *
 * @returns those that do, once there are `tasks` of them.
 */
export async function holdTasks(agent: ClusterNode, tasks: number): Promise<HeldTask[]> {
  await agent.run(['mkdir', heldFolder]);
  await agent.run(['touch', holdPath]);
  return waitUntil(
    `${tasks} tasks are held`,
    async () => {
      const stdout = await agent.run(['find', heldFolder, '-mindepth', '2']);
      return [...stdout.matchAll(/([^/\n]+)\/(\d+)$/gm)].map(([, task = '', pid]) => ({ task, pid: Number(pid) }));
    },
    (held) => held.length >= tasks,
  );
}

/** Lets the tasks that are held go on. */
export async function releaseTasks(agent: ClusterNode): Promise<void> {
  await agent.run(['rm', holdPath]);
}
