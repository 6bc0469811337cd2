import { once } from 'node:events';
import { Packr } from 'msgpackr';
import { WebSocket } from 'ws';
import { tellParent } from './child.ts';

const packr = new Packr({ useRecords: false });

async function connect(address: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${address}/`, 'libprocess.1', { perMessageDeflate: false });
  await once(socket, 'message');
  return socket;
}

/** Connects as a runtime would that is at an address of its own. */
async function greet(address: string, number: number): Promise<void> {
  const socket = await connect(address);
  const hello = [1, 1, `10.9.${number >> 8}.${number & 255}:1`, 'idle'];
  socket.send(packr.pack([hello]));
  await once(socket, 'message');
}

/** Connects, does not greet, and comes again when it is cut off. */
async function stayUngreeted(address: string): Promise<void> {
  const socket = await connect(address);
  socket.once('close', () => {
    void stayUngreeted(address);
  });
}

// An OS process of idle connections with a runtime: so many that have greeted, and so many that have not. Ends with its parent.
const [address = '', greeted = '0', ungreeted = '0'] = process.argv.slice(2);
for (let number = 0; number < Number(greeted); number += 50) {
  await Promise.all(Array.from({ length: 50 }, (_, index) => greet(address, number + index)));
}
await Promise.all(Array.from({ length: Number(ungreeted) }, () => stayUngreeted(address)));
tellParent('idle');
