/** What runs in a web page: nothing but what browsers have, `EventSource` and `WebSocket`. The page's server is told what they hear, in order. */
declare const location: { readonly host: string };
interface Messages {
  addEventListener(type: 'message', heard: (event: { readonly data: unknown }) => void): void;
}
declare const EventSource: new (url: string) => Messages;

let told: Promise<unknown> = Promise.resolve();

/** Tells the type of an event of the operator API, and the name of the framework where it is of one. */
function tell(how: string, data: string): void {
  const { framework_added, type } = JSON.parse(data) as {
    readonly type: string;
    readonly framework_added?: { readonly framework: { readonly framework_info: { readonly name: string } } };
  };
  const body = `${how} ${type} ${framework_added?.framework.framework_info.name ?? ''}`.trim();
  told = told.then(() => fetch('/told', { method: 'POST', body: `${body}\n` }));
}

const sources: Readonly<Record<string, Messages>> = {
  EventSource: new EventSource('/mesos/events'),
  WebSocket: new WebSocket(`ws://${location.host}/mesos/events`),
};
for (const [how, messages] of Object.entries(sources)) {
  messages.addEventListener('message', ({ data }) => {
    tell(how, String(data));
  });
}
