// Clusters for the conformance tool whose daemons a hook of the tool stops, kills and starts again: three masters on a real ZooKeeper, and one
// master whose agents are cut off.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './root.mjs';

const jar = '/usr/share/java/zookeeper.jar';
/** Time in which somebody who asks all the time has subscribed to a master that leads, on a slow machine. */
const SUBSCRIPTION_MS = 3000;
const signals = { stop: 'SIGSTOP', cont: 'SIGCONT' };

/** Why there cannot be such a cluster here; undefined when there can. */
export function haAbsence() {
  return existsSync(jar) ? undefined : `ZooKeeper is not installed (${jar})`;
}

/** A program that can be started again as it was. */
class Daemon {
  #file;
  #args;
  #output;
  #child;
  #gone = Promise.resolve();

  constructor(file, args, output) {
    this.#file = file;
    this.#args = args;
    this.#output = output;
  }

  start() {
    if (this.#child !== undefined) return;
    const child = spawn(this.#file, this.#args, { stdio: ['ignore', this.#output, this.#output] });
    this.#child = child;
    this.#gone = new Promise((resolve) => {
      child.once('exit', () => {
        if (this.#child === child) this.#child = undefined;
        resolve();
      });
    });
  }

  signal(name) {
    this.#child?.kill(name);
  }

  async kill() {
    this.#child?.kill('SIGKILL');
    await this.#gone;
  }
}

/** Does what the hook asks for; answers an HTTP status. */
async function act(action, daemon) {
  if (daemon === undefined) return 404;
  if (action === 'start') daemon.start();
  else if (action === 'kill') await daemon.kill();
  else if (Object.hasOwn(signals, action)) daemon.signal(signals[action]);
  else return 404;
  return 204;
}

/** Has the tool's hook do things to daemons; answers what the tool is to be told of it, and how to end it. */
async function startHook(daemons, port) {
  const server = createServer((request, response) => {
    const [, action, target] = (request.url ?? '').split('/');
    void act(action, daemons.get(target)).then((status) => {
      response.statusCode = status;
      response.end();
    });
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${port}`;
  return { tool: ['--control', `sh -c 'curl -sf "${url}/$0/$1"'`], url, close: () => server.close() };
}

/** Resolves when a master answers as the leader, or after a minute without one. */
async function leads(url) {
  for (let attempt = 0; attempt < 600; attempt++) {
    try {
      if ((await fetch(`${url}/state`)).ok) return;
    } catch {
      // It does not listen yet.
    }
    await sleep(100);
  }
}

/** A master, and two agents; the second has its own resources and attributes. */
export async function startPartitionCluster(folder, freePort, common) {
  const [port, agentPort, sparePort, controlPort] = await Promise.all(Array.from({ length: 4 }, freePort));
  const make = (name, bin, flags) => {
    const directory = (each) => join(folder, name, each);
    const prepare = () => {
      for (const each of ['work', 'log', 'runtime', 'cache']) mkdirSync(directory(each), { recursive: true });
    };
    prepare();
    const of =
      bin === 'agent' ? [`--runtime_dir=${directory('runtime')}`, `--fetcher_cache_dir=${directory('cache')}`] : [];
    const where = [
      '--ip=127.0.0.1',
      '--hostname=localhost',
      `--work_dir=${directory('work')}`,
      `--log_dir=${directory('log')}`,
    ];
    const path = join(root, `packages/${bin}/bin/mesos-${bin}.js`);
    const daemon = new Daemon(
      process.execPath,
      [path, ...where, ...of, ...flags],
      openSync(join(folder, `${name}.log`), 'a'),
    );
    return { daemon, prepare };
  };
  const atMaster = (own) => [`--master=127.0.0.1:${port}`, `--port=${own}`];
  const { daemon: master } = make('master', 'master', [
    `--port=${port}`,
    '--registry=replicated_log',
    ...common.master,
  ]);
  const { daemon: agent } = make('agent', 'agent', [...atMaster(agentPort), ...common.agent]);
  const { daemon: spare, prepare } = make('spare', 'agent', [...atMaster(sparePort), ...common.spare]);
  const fresh = {
    start: () => {
      void spare.kill().then(() => {
        rmSync(join(folder, 'spare'), { recursive: true, force: true });
        prepare();
        spare.start();
      });
    },
  };
  const url = `http://127.0.0.1:${port}`;
  // As it was recorded: the agent comes back seconds after its master, when somebody has subscribed to the master's events already. Ours
  // is faster now and then, and an agent in the snapshot is not told in the words of an event.
  const masterFirst = {
    start: () => {
      agent.signal('SIGSTOP');
      void master
        .kill()
        .then(() => {
          master.start();
          return leads(url);
        })
        .then(() => sleep(SUBSCRIPTION_MS))
        .then(() => agent.signal('SIGCONT'));
    },
  };
  const daemons = new Map([
    ['master', master],
    ['agent', agent],
    ['spare', spare],
  ]);
  for (const daemon of daemons.values()) daemon.start();
  const hook = await startHook(
    new Map([...daemons, ['fresh-spare', fresh], ['master-before-agent', masterFirst]]),
    controlPort,
  );
  return {
    urls: { master: url, agent: `http://127.0.0.1:${agentPort}` },
    tool: hook.tool,
    restartMaster: `curl -sf ${hook.url}/start/master-before-agent`,
    end: async () => {
      hook.close();
      for (const daemon of daemons.values()) await daemon.kill();
    },
  };
}

/** Starts it; answers what the tool is to be told, and how to end all of it. */
export async function startHaCluster(folder, freePort, common) {
  const [zkPort, agentPort, controlPort, ...ports] = await Promise.all(Array.from({ length: 6 }, freePort));
  const zk = `127.0.0.1:${zkPort}/conformance`;
  const config = join(folder, 'zoo.cfg');
  const lines = [
    'tickTime=1000',
    `dataDir=${join(folder, 'zookeeper')}`,
    `clientPort=${zkPort}`,
    'clientPortAddress=127.0.0.1',
    'admin.enableServer=false',
    // What it has written need not outlive the machine, whose disk may be slow.
    'forceSync=no',
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  const output = (name) => openSync(join(folder, `${name}.log`), 'a');
  const directory = (...names) => {
    const path = join(folder, ...names);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const node = (name, bin, flags) =>
    new Daemon(
      process.execPath,
      [
        join(root, bin),
        '--ip=127.0.0.1',
        '--hostname=localhost',
        `--work_dir=${directory(name, 'work')}`,
        `--log_dir=${directory(name, 'log')}`,
        ...flags,
      ],
      output(name),
    );
  const java = ['-Xmx128m', '-cp', jar, 'org.apache.zookeeper.server.quorum.QuorumPeerMain', config];
  const daemons = new Map([['zookeeper', new Daemon('java', java, output('zookeeper'))]]);
  for (const [index, port] of ports.entries()) {
    const flags = [
      `--port=${port}`,
      '--registry=replicated_log',
      `--zk=zk://${zk}`,
      '--zk_session_timeout=5secs',
      '--quorum=2',
      '--recovery_agent_removal_limit=50%',
      ...common.master,
    ];
    const name = `master${index + 1}`;
    daemons.set(name, node(name, 'packages/master/bin/mesos-master.js', flags));
  }
  const agentFlags = [
    `--port=${agentPort}`,
    `--master=zk://${zk}`,
    `--runtime_dir=${directory('agent', 'runtime')}`,
    `--fetcher_cache_dir=${directory('agent', 'cache')}`,
    ...common.agent,
  ];
  daemons.set('agent', node('agent', 'packages/agent/bin/mesos-agent.js', agentFlags));
  for (const daemon of daemons.values()) daemon.start();

  const hook = await startHook(daemons, controlPort);
  const masters = ports.map((port) => `http://127.0.0.1:${port}`);
  return {
    masters,
    agent: `http://127.0.0.1:${agentPort}`,
    tool: ['--masters', masters.join(','), '--zk', zk, ...hook.tool],
    end: async () => {
      hook.close();
      for (const daemon of daemons.values()) await daemon.kill();
    },
  };
}
