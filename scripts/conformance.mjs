// Holds a master and an agent against recorded behaviour of Apache Mesos, with the conformance tool that stands beside the project:
//   npm run conformance                       the scenarios that hold, in TAP: those steps that held before must hold
//   npm run conformance -- --only 'task-*'    some of them, or others, with every difference
//   npm run conformance -- --update           notes which steps hold now, in integration/conformance/*.txt; with --only, of those scenarios
//   npm run conformance -- auth               one kind of cluster: plain, auth, open, ha, restart or partition
// CONFORMANCE_DIR says where the tool is; without it, in ../shared. Where there is none, this is skipped, loudly.
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { haAbsence, startHaCluster, startPartitionCluster } from './lib/ha-cluster.mjs';
import { root } from './lib/root.mjs';

const tools = process.env.CONFORMANCE_DIR ?? join(root, '../shared');
const tool = join(tools, 'conformance/run.mjs');
const config = join(tools, 'conformance-cluster/config');
const READY_MS = 120_000;
const RUN_MS = 600_000;
const ATTEMPTS = 3;
/** So many clusters at a time: most of the time their scenarios wait. */
const CLUSTERS = 2;
/** Ports below those that the system gives to whoever connects to somewhere: else one of these has the port of a daemon that is away. */
const PORTS = { min: 12_000, max: 30_000 };

const credentials = `file://${config}/credentials.json`;
const acls = (name) => `--acls=file://${config}/${name}.json`;
const agentCredential = `--credential=file://${config}/agent-credential.json`;

/**
 * Kinds of clusters: the flags that make them what they are, what the tool is told of them, and roughly how long it takes, by which those
 * that take long begin first.
 */
const kinds = {
  plain: { seconds: 60, spare: true, master: [], agent: [], tool: [] },
  auth: {
    seconds: 20,
    master: [
      ...['readonly', 'readwrite', 'frameworks'].map((who) => `--authenticate_http_${who}`),
      '--http_framework_authenticators=basic',
      '--authenticate_frameworks',
      '--authenticate_agents',
      `--credentials=${credentials}`,
      acls('acls'),
      `--rate_limits=file://${config}/rate-limits.json`,
    ],
    agent: [
      agentCredential,
      '--authenticate_http_readonly',
      '--authenticate_http_readwrite',
      `--http_credentials=${credentials}`,
      acls('acls'),
    ],
    tool: ['--dir', join(tools, 'conformance-cluster'), '--kind', 'auth', '--user', 'c-admin:c-admin-pw'],
  },
  open: {
    seconds: 5,
    master: ['--authenticate_http_readwrite', `--credentials=${credentials}`, acls('acls-open')],
    agent: [agentCredential, '--authenticate_http_readwrite', `--http_credentials=${credentials}`, acls('acls-open')],
    tool: ['--dir', join(tools, 'conformance-cluster'), '--kind', 'open', '--user', 'c-admin:c-admin-pw'],
  },
  // Three masters on a real ZooKeeper.
  ha: {
    seconds: 50,
    tool: ['--dir', join(tools, 'conformance-cluster'), '--kind', 'ha'],
    absence: haAbsence,
    start: haCluster,
  },
  // A master that is killed and started again, with its registry on the disk; and what was recorded with roles that this leaves behind.
  restart: {
    seconds: 10,
    scenarios: ['recovery-master', 'scheduler-multi-role'],
    tool: [],
    start: restartCluster,
  },
  // Agents that are cut off, and come back or not.
  partition: {
    seconds: 40,
    tool: ['--dir', join(tools, 'conformance-cluster'), '--kind', 'partition'],
    start: partitionCluster,
  },
};

/** Scenarios of what is built later; most of their time they wait for what does not come. */
const later = [
  'agent-nested-containers',
  'agent-standalone-containers',
  'master-drain',
  'master-reserve',
  'operations-*',
  'recovery-*',
  'task-group',
];

const heldPath = (kind) => join(root, `integration/conformance/${kind}.txt`);

/** The steps that held before, by scenario. */
function heldBefore(kind) {
  const held = new Map();
  if (!existsSync(heldPath(kind))) return held;
  for (const line of readFileSync(heldPath(kind), 'utf8').split('\n')) {
    const [scenario, step] = line.split(' | ');
    if (step !== undefined) held.set(scenario, [...(held.get(scenario) ?? []), step]);
  }
  return held;
}

let lastPort = PORTS.min + Math.floor(Math.random() * (PORTS.max - PORTS.min));

/** A port that nobody listens on, another one each time. */
async function freePort() {
  for (;;) {
    lastPort = lastPort < PORTS.max ? lastPort + 1 : PORTS.min;
    const port = lastPort;
    const server = createServer();
    const isFree = await new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

/** Starts a daemon with directories of its own; its output goes to a file. */
function start(name, folder, bin, flags) {
  const directories = ['work', 'log', 'runtime', 'cache'].map((directory) => join(folder, name, directory));
  for (const directory of directories) mkdirSync(directory, { recursive: true });
  const [work, log, runtime, cache] = directories;
  const ofAgent = bin.includes('agent') ? [`--runtime_dir=${runtime}`, `--fetcher_cache_dir=${cache}`] : [];
  const common = ['--ip=127.0.0.1', '--hostname=localhost', `--work_dir=${work}`, `--log_dir=${log}`, ...ofAgent];
  const output = openSync(join(folder, `${name}.log`), 'w');
  const child = spawn(process.execPath, [join(root, bin), ...common, ...flags], { stdio: ['ignore', output, output] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return {
    end: async () => {
      child.kill();
      await ended;
    },
  };
}

const masterFlags = [
  '--cluster=conformance',
  '--allocation_interval=250ms',
  '--agent_ping_timeout=2secs',
  '--max_agent_ping_timeouts=5',
  '--agent_reregister_timeout=10mins',
];
const agentFlags = [
  '--launcher=posix',
  '--isolation=posix/cpu,posix/mem',
  '--executor_shutdown_grace_period=2secs',
  '--registration_backoff_factor=100ms',
  '--authentication_backoff_factor=100ms',
];
const reserved = (role) =>
  `--resources=cpus(${role}):1;mem(${role}):256;disk(${role}):512;ports(${role}):[32000-32099]`;
const spareAgent = [reserved('conformance-spare'), '--attributes=spare:yes'];
const mainAgent = [
  '--resources=cpus:4;mem:2048;disk:4096;ports:[31000-31999]',
  '--attributes=rack:r1;zone:z1;cores:8;slots:[1-4]',
];

async function haCluster(folder) {
  const agent = [...agentFlags, ...mainAgent];
  const cluster = await startHaCluster(folder, freePort, { master: masterFlags, agent });
  const [master] = cluster.masters;
  // Whichever is asked leads to the one that leads.
  await whenReady({ urls: { master }, end: cluster.end }, 1);
  return { urls: { agent: cluster.agent }, tool: cluster.tool, end: cluster.end };
}

async function restartCluster(folder) {
  const cluster = await startPartitionCluster(folder, freePort, {
    master: masterFlags,
    agent: [...agentFlags, ...mainAgent],
    spare: [...agentFlags, ...spareAgent],
  });
  return whenReady({ ...cluster, tool: ['--restart-master', cluster.restartMaster] });
}

async function partitionCluster(folder) {
  const master = masterFlags.filter((flag) => !flag.includes('ping_timeout'));
  const spare = [...agentFlags, '--resources=cpus:1;mem:256;disk:512;ports:[32000-32099]', '--attributes=spare:yes'];
  const cluster = await startPartitionCluster(folder, freePort, {
    master: [...master, '--agent_ping_timeout=1secs', '--max_agent_ping_timeouts=2'],
    agent: [...agentFlags, ...mainAgent],
    spare,
  });
  return whenReady(cluster);
}

/** A cluster whose agents, two unless it is said, have registered. One that does not come about is ended. */
async function whenReady(cluster, agents = 2) {
  try {
    await ready(cluster.urls, agents);
  } catch (error) {
    await cluster.end();
    throw error;
  }
  return cluster;
}

async function startCluster(kind, folder) {
  if (kind.start !== undefined) return kind.start(folder);
  const [port, agentPort, sparePort] = [await freePort(), await freePort(), await freePort()];
  const master = start('master', folder, 'packages/master/bin/mesos-master.js', [
    `--port=${port}`,
    '--registry=in_memory',
    ...masterFlags,
    ...kind.master,
  ]);
  const agent = (name, at, flags) =>
    start(name, folder, 'packages/agent/bin/mesos-agent.js', [
      `--master=127.0.0.1:${port}`,
      `--port=${at}`,
      ...agentFlags,
      ...flags,
      ...kind.agent,
    ]);
  const daemons = [master, agent('agent', agentPort, mainAgent)];
  if (kind.spare) {
    daemons.push(agent('spare', sparePort, spareAgent));
  }
  const urls = { master: `http://127.0.0.1:${port}`, agent: `http://127.0.0.1:${agentPort}` };
  return whenReady({ urls, end: () => Promise.all(daemons.map((daemon) => daemon.end())) }, daemons.length - 1);
}

async function ready({ master }, agents) {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    try {
      const headers = { authorization: `Basic ${Buffer.from('c-admin:c-admin-pw').toString('base64')}` };
      const response = await fetch(`${master}/slaves`, { headers });
      if (response.ok && (await response.json()).slaves.length === agents) return;
    } catch {
      // It does not listen yet.
    }
    if (Date.now() > deadline) throw new Error('The cluster is not ready in time');
    await sleep(200);
  }
}

/** Runs scenarios. Answers which steps held, by scenario, and what the tool printed. */
async function run(kind, { tool: more = [], urls }, folder, only, skip) {
  const report = join(folder, 'report.xml');
  rmSync(report, { force: true });
  const master = urls.master === undefined ? [] : ['--master', urls.master];
  const args = ['check', ...master, '--agent', urls.agent, ...kind.tool, ...more, '--junit', report];
  if (only.length > 0) args.push('--only', ...only);
  if (skip.length > 0) args.push('--skip', ...skip);
  const child = spawn(process.execPath, [tool, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const timer = setTimeout(() => child.kill(), RUN_MS);
  let output = '';
  for await (const chunk of child.stdout) output += chunk;
  clearTimeout(timer);
  return { held: existsSync(report) ? readReport(readFileSync(report, 'utf8')) : new Map(), output };
}

function readReport(text) {
  const held = new Map();
  const cases = /<testcase classname="([^"]*)" name="([^"]*)">(<failure>)?/g;
  for (const [, scenario, step, failure] of text.matchAll(cases)) {
    const name = unescaped(scenario);
    if (!held.has(name)) held.set(name, []);
    if (failure === undefined) held.get(name).push(unescaped(step));
  }
  return held;
}

function unescaped(text) {
  const signs = { amp: '&', apos: "'", gt: '>', lt: '<', quot: '"' };
  return text.replaceAll(/&(amp|apos|gt|lt|quot);/g, (_, name) => signs[name]);
}

function lost(before, now) {
  return [...before].filter(([scenario, steps]) => steps.some((step) => now.get(scenario)?.includes(step) !== true));
}

let reported = 0;

/** Ends what an agent has left that was killed: executors wait for it, for a quarter of an hour. */
function endOrphans(folder) {
  const pids = existsSync('/proc') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  for (const pid of pids) {
    try {
      // Where its sandbox is.
      if (readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`=${folder}/`)) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended, or is somebody else's.
    }
  }
}

/** Does something with a cluster of its own. */
async function withCluster(kind, work) {
  const folder = mkdtempSync(join(tmpdir(), 'mesos-ts-conformance.'));
  try {
    const cluster = await startCluster(kind, folder);
    try {
      return await work(cluster, folder);
    } finally {
      await cluster.end();
    }
  } finally {
    endOrphans(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** Runs scenarios in a cluster of their own. */
const runOnce = (kind, scenarios, skipped = []) =>
  withCluster(kind, (cluster, folder) => run(kind, cluster, folder, scenarios, skipped));

/** Runs scenarios for whoever wants to see the differences. */
async function show(name, only) {
  const { output } = await runOnce(kinds[name], only);
  process.stdout.write(output);
}

/** Notes which steps hold now: of the scenarios that are named, or of all; says which ones held before and are lost. */
async function update(name, only) {
  const kind = kinds[name];
  const isWhole = only.length === 0;
  const ran = await runOnce(kind, isWhole ? (kind.scenarios ?? []) : only, isWhole && !kind.scenarios ? later : []);
  if (ran.held.size === 0) {
    process.stderr.write(`${ran.output}No scenario ran: what held before of '${name}' stays as it is\n`);
    process.exitCode = 1;
    return;
  }
  const before = heldBefore(name);
  const held = isWhole ? ran.held : new Map([...before, ...ran.held]);
  const lines = [...held].flatMap(([scenario, steps]) => steps.map((step) => `${scenario} | ${step}`));
  mkdirSync(join(root, 'integration/conformance'), { recursive: true });
  writeFileSync(heldPath(name), `${lines.toSorted((left, right) => (left < right ? -1 : 1)).join('\n')}\n`);
  process.stdout.write(ran.output);
  for (const [scenario] of lost(before, held)) process.stdout.write(`# ${name}: ${scenario} holds in fewer steps\n`);
}

/** The same; in a cluster that does not come about, nothing holds. */
async function attempt(kind, scenarios) {
  try {
    const { held, output } = await runOnce(kind, scenarios);
    return { held, lines: output.split('\n') };
  } catch (error) {
    return { held: new Map(), lines: scenarios.map((scenario) => `${scenario} | ${error.message}`) };
  }
}

/** Runs every scenario of which steps held before. */
async function firstAttempt(name) {
  const kind = kinds[name];
  const before = heldBefore(name);
  return { name, before, ...(await attempt(kind, kind.scenarios ?? [...before.keys()])) };
}

/**
 * Some steps depend on who is faster: what is lost three times is lost. Each time in another cluster, since what a scenario that was cut
 * short leaves behind (its tasks run on) is in the way of its next attempt.
 */
async function furtherAttempts({ name, before, held, lines }) {
  const kind = kinds[name];
  for (let more = 1; more < ATTEMPTS; more++) {
    const suspects = lost(before, held).map(([scenario]) => scenario);
    if (suspects.length === 0) break;
    const again = await attempt(kind, kind.scenarios ?? suspects);
    lines.push(...again.lines);
    // A step holds that held in one of the attempts.
    for (const [scenario, steps] of again.held) held.set(scenario, [...(held.get(scenario) ?? []), ...steps]);
  }
}

function tell({ name, before, held, lines }) {
  const failures = lost(before, held);
  for (const [scenario, steps] of before) {
    reported++;
    const isLost = failures.some(([failed]) => failed === scenario);
    const title = `conformance, ${name}: ${scenario} holds in ${steps.length} steps`;
    process.stdout.write(`${isLost ? 'not ok' : 'ok'} ${reported} - ${title}\n`);
    if (!isLost) continue;
    for (const line of lines) if (line.startsWith(`${scenario} |`)) process.stdout.write(`# ${line}\n`);
    process.exitCode = 1;
  }
}

/** Whether there can be such a cluster here; says so where there cannot. */
function isPossible(name) {
  const absence = kinds[name].absence?.();
  if (absence === undefined) return true;
  reported++;
  process.stdout.write(`ok ${reported} - conformance, ${name} # SKIP ${absence}\n`);
  return false;
}

/** Holds kinds of clusters against what held before, side by side; what was lost is tried again with nobody else beside it. */
async function check(names) {
  const waiting = names.toSorted((left, right) => kinds[right].seconds - kinds[left].seconds);
  const outcomes = [];
  const work = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift())
      outcomes.push(await firstAttempt(name));
  };
  await Promise.all(Array.from({ length: CLUSTERS }, work));
  for (const outcome of outcomes) {
    await furtherAttempts(outcome);
    tell(outcome);
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string', multiple: true, default: [] }, update: { type: 'boolean', default: false } },
});
const names = positionals.length > 0 ? positionals : values.only.length > 0 ? ['plain'] : Object.keys(kinds);
const unknown = names.find((name) => !Object.hasOwn(kinds, name));
if (unknown !== undefined) {
  process.stderr.write(`No kind of cluster is called '${unknown}': ${Object.keys(kinds).join(', ')}\n`);
  process.exitCode = 1;
} else if (!existsSync(tool)) {
  process.stdout.write(`ok 1 - conformance # SKIP there is no tool at ${tool}; CONFORMANCE_DIR says where it is\n`);
} else {
  const possible = names.filter(isPossible);
  if (values.update) for (const name of possible) await update(name, values.only);
  else if (values.only.length > 0) for (const name of possible) await show(name, values.only);
  else await check(possible);
}
