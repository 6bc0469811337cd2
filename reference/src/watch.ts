// Tells what happens in a cluster, until it is quiet.
import { WebSocket } from 'undici'; // Web pages, and Node.js from 22 on, have one of their own.

const master = process.argv[2] ?? 'https://127.0.0.1:5050';
const events = new WebSocket(`${master.replace('http', 'ws')}/events`);
events.addEventListener('message', ({ data }) => {
  const event = JSON.parse(data);
  console.log(event.type);
  if (event.type === 'HEARTBEAT') events.close();
});
events.addEventListener('error', () => {
  console.error(`There are no events at ${master}`);
  process.exitCode = 1;
});
