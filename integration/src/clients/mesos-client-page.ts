/** What runs in a web page: npm's `@dcos/mesos-client`, which tells the page's server what it hears, in order. */
import { request, stream } from '@dcos/mesos-client';

const views =
  'AGENTS EXECUTORS FLAGS FRAMEWORKS HEALTH LOGGING_LEVEL MAINTENANCE_SCHEDULE MAINTENANCE_STATUS MASTER QUOTA ROLES STATE TASKS VERSION WEIGHTS';
const calls = [
  ...views.split(' ').map((view) => ({ type: `GET_${view}` })),
  { type: 'GET_METRICS', get_metrics: {} },
  { type: 'NO_SUCH_CALL' },
];

let told: Promise<unknown> = Promise.resolve();

function tell(what: string, text: string): void {
  told = told.then(() => fetch('/told', { method: 'POST', body: `${what} ${text}\n` }));
}

stream({ type: 'SUBSCRIBE' }).subscribe(
  (event) => {
    tell('event', event);
  },
  (error) => {
    tell('failed', JSON.stringify(error));
  },
  () => {
    tell('complete', '');
  },
);
for (const call of calls) {
  request(call).subscribe(
    (answer) => {
      tell('answer', answer);
    },
    (error) => {
      tell('refused', `${call.type} ${JSON.stringify(error)}`);
    },
  );
}
