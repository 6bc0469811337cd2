import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

interface Question {
  readonly stream: string;
  readonly tasks: readonly unknown[];
}

/**
 * What an HTTP server of Node.js can do at best where it has nothing to decide: it keeps a chunked response open for each GET, and answers
 * each POST with an event for each task that it lists, on the stream that it names. Answers its port.
 */
export async function serveRawStreams(): Promise<number> {
  const streams = new Map<string, ServerResponse>();
  const server = createServer((request, response) => {
    if (request.method === 'GET') {
      const stream = String(streams.size);
      streams.set(stream, response);
      response.writeHead(200, { 'content-type': 'application/json', 'mesos-stream-id': stream });
      response.write('20\n{"type":"HEARTBEAT"}');
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { stream, tasks } = JSON.parse(Buffer.concat(chunks).toString()) as Question;
      response.writeHead(202).end();
      for (const task of tasks) {
        const event = Buffer.from(JSON.stringify({ type: 'UPDATE', update: { status: task } }));
        streams.get(stream)?.write(Buffer.concat([Buffer.from(`${event.length}\n`), event]));
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
