import { mesosVersion } from '@mesos-ts/daemon';
import { textResponse } from '@mesos-ts/libprocess';
import type { HttpHandler } from '@mesos-ts/libprocess';
import type { RoutesOptions } from './routes.ts';

const links: readonly (readonly [path: string, about: string])[] = [
  ['help', 'every endpoint, with what it is for'],
  ['state', 'all that this master knows, as JSON'],
  ['state-summary', 'agents and frameworks with their numbers of tasks, as JSON'],
  ['metrics/snapshot', 'metrics, as JSON'],
  ['redirect', 'the leading master'],
];

/** The page at `/`, for people who come with a browser: who this is, and where to go on. Nothing is below it. */
export function indexPage({ facts, settings }: Pick<RoutesOptions, 'facts' | 'settings'>): HttpHandler {
  const name = escape(settings.cluster ?? facts.info.hostname ?? '');
  const items = links.map(([path, about]) => `<li><a href="/${path}">/${path}</a>: ${about}</li>`);
  const body =
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Mesos: ${name}</title><style>` +
    'body{font:14px/1.6 Helvetica,Arial,sans-serif;padding:30px}a{color:#08c;text-decoration:none}' +
    `</style></head><body><h1>Mesos: ${name}</h1><p>Master ${escape(facts.info.pid ?? facts.info.id)}, ` +
    `version ${mesosVersion}.</p><ul>${items.join('')}</ul></body></html>\n`;
  const headers = {
    'content-type': 'text/html',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  };
  return ({ path }) => (path === '/' ? { status: 200, headers, body } : textResponse(404, '404 Not Found.'));
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
