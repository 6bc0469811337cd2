import { Agent, get } from 'node:http';
import { tellParent } from './child.ts';

// Another OS process of the state benchmarks: so many clients who read an address as fast as they can. Tells its parent when each has read
// it once.

const [url = '', clients = '1'] = process.argv.slice(2);
const connections = new Agent({ keepAlive: true });

function read(): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = get(url, { agent: connections }, (response) => {
      response.once('end', resolve);
      response.resume();
    });
    asked.once('error', reject);
  });
}

async function poll(): Promise<never> {
  for (;;) await read();
}

const polls = Array.from({ length: Number(clients) }, () => read());
await Promise.all(polls);
tellParent('polling');
await Promise.all(polls.map(() => poll()));
