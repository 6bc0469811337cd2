// A cluster of three masters on a real ZooKeeper, for the conformance tool: daemons that a hook of the tool stops, kills and starts again.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { root } from './root.mjs';

const jar = '/usr/share/java/zookeeper.jar';
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

  const control = createServer((request, response) => {
    const [, action, target] = (request.url ?? '').split('/');
    void act(action, daemons.get(target)).then((status) => {
      response.statusCode = status;
      response.end();
    });
  });
  await new Promise((resolve) => control.listen(controlPort, '127.0.0.1', resolve));
  const masters = ports.map((port) => `http://127.0.0.1:${port}`);
  return {
    masters,
    agent: `http://127.0.0.1:${agentPort}`,
    tool: [
      '--masters',
      masters.join(','),
      '--zk',
      zk,
      '--control',
      `sh -c 'curl -sf "http://127.0.0.1:${controlPort}/$0/$1"'`,
    ],
    end: async () => {
      control.close();
      for (const daemon of daemons.values()) await daemon.kill();
    },
  };
}
