import { once } from 'node:events';
import { connect } from 'node:net';
import { forkChild } from './child.ts';
import type { Socket } from 'node:net';
import type { Benchmark, Suite } from './benchmark.ts';
import type { Workload } from './measure.ts';

const request = Buffer.from('GET /state HTTP/1.1\r\nHost: x\r\n\r\n');
const requests = 32_000;
const clients = 32;
const idleWanted = 10_000;

/** Asks on one connection, one request after the other. */
async function ask(port: number, count: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  let left = count;
  socket.on('data', (data: Buffer) => {
    if (!data.includes('"ok"')) return;
    left--;
    if (left > 0) socket.write(request);
    else socket.emit('answered');
  });
  await once(socket, 'connect');
  socket.write(request);
  await once(socket, 'answered');
  return socket;
}

function load(port: number): Workload {
  return async () => {
    const sockets = await Promise.all(Array.from({ length: clients }, () => ask(port, requests / clients)));
    for (const socket of sockets) socket.destroy();
    return requests;
  };
}

/** Opens idle connections, as many as the system lets it up to those wanted. */
async function fill(port: number): Promise<Socket[]> {
  const idle: Socket[] = [];
  while (idle.length < idleWanted) {
    const opened = await Promise.allSettled(Array.from({ length: 100 }, () => ask(port, 1)));
    idle.push(...opened.filter((each) => each.status === 'fulfilled').map((each) => each.value));
    if (opened.some((each) => each.status === 'rejected')) break;
  }
  return idle;
}

interface Ports {
  readonly plain: number;
  readonly quiet: number;
  readonly crowded: number;
}

/** HTTP requests to an actor in another OS process, against Node's own server. */
export const http: Suite = {
  name: 'http',
  start: async () => {
    const child = forkChild('http-server.js');
    const [ports] = (await once(child, 'message')) as [Ports];
    const idle = await fill(ports.crowded);
    const benchmarks: Benchmark[] = [
      {
        name: `HTTP GET, ${clients} connections`,
        against: 'node:http',
        target: 0.5,
        unit: 'requests',
        subject: load(ports.quiet),
        baseline: load(ports.plain),
      },
      {
        name: `HTTP GET, ${clients} connections, ${idle.length} more idle`,
        against: 'without the idle',
        target: 0.8,
        unit: 'requests',
        subject: load(ports.crowded),
        baseline: load(ports.quiet),
      },
    ];
    return {
      benchmarks,
      stop: () => {
        for (const socket of idle) socket.destroy();
        child.disconnect();
        return Promise.resolve();
      },
    };
  },
};
