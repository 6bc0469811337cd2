import { Process } from '../actor/process.ts';
import { markdownToHtml } from './markdown.ts';
import { jsonResponse, textResponse } from './message.ts';
import type { RouteOptions } from '../actor/handlers.ts';
import type { HttpRequest, HttpResponse } from './message.ts';

/**
 * Serves `/help`: which endpoints there are, `/help/<actor>` and `/help/<actor>/<endpoint>`, from the `help` of their routes. To `curl` and
 * HTTPie as Markdown, to others as HTML, and with `/help?format=json` all of it as JSON: the same paths, shapes and statuses as
 * libprocess. Spawn one in each runtime that has HTTP.
 */
export class HelpProcess extends Process {
  constructor() {
    super('help');
  }

  protected override initialize(): void {
    this.route('/', (request) => this.#index(request));
    this.route('/:actor', (request) => this.#page(request, request.params.actor));
  }

  #index(request: HttpRequest): HttpResponse {
    const pages = this.#pages();
    if (request.query.get('format') === 'json') {
      const processes = [...pages].map(([id, endpoints]) => ({
        id,
        endpoints: [...endpoints].map(([name, text]) => ({ name, text })),
      }));
      return jsonResponse({ processes });
    }
    const ids = [...pages.keys()];
    // Written so that a browser that shows `/help` follows them to `/help/<actor>`.
    const links = ids.map((id) => `[${id}]: help/${encodeURI(id)}`);
    return show(request, ['## HELP', ...ids.map((id) => `> [/${id}][${id}]`), '', ...links, '']);
  }

  #page(request: HttpRequest, id: string): HttpResponse {
    const endpoints = this.#pages().get(id);
    if (endpoints === undefined) return textResponse(404, '404 Not Found.');
    const name = request.path.slice(id.length + 1);
    if (name === '') {
      const paths = [...endpoints.keys()].map((path) => usagePath(id, path));
      const links = paths.map((path) => `[${path}]: ${encodeURI(path)}`);
      return show(request, [`## \`/${id}\` ##`, ...paths.map((path) => `> [/${path}][${path}]`), '', ...links, '']);
    }
    const text = endpoints.get(name);
    if (text === undefined) return textResponse(400, `No help available for '/${id}${name}'.\n`);
    return show(request, [text, '']);
  }

  /** Pages by actor and route, in order of both. */
  #pages(): Map<string, Map<string, string>> {
    const pages = new Map<string, Map<string, string>>();
    for (const { id, route } of this.runtime.http.endpoints()) {
      if (id === this.self.id || id.startsWith('__')) continue;
      const endpoints = pages.get(id) ?? new Map<string, string>();
      endpoints.set(route.path, this.#text(id, route.path, route.options));
      pages.set(id, endpoints);
    }
    return pages;
  }

  #text(id: string, path: string, { help, realm }: RouteOptions): string {
    const usage = usagePath(id, path);
    if (help === undefined) return `## No help page for \`/${usage}\`\n`;
    const { summary, description, authorization, references } = typeof help === 'string' ? { summary: help } : help;
    const usages = id === this.runtime.http.delegate ? [path, `/${usage}`] : [`/${usage}`];
    const authentication =
      realm === undefined
        ? 'None is asked for.'
        : `Asked for in realm \`${realm}\` where the program was told to authenticate HTTP requests.`;
    return [
      section('USAGE', usages.map((each) => `>        ${each}`).join('\n')),
      section('TL;DR;', summary),
      section('DESCRIPTION', description),
      section('AUTHENTICATION', authentication),
      section('AUTHORIZATION', authorization),
      references,
    ]
      .filter((part) => part !== undefined)
      .join('\n');
  }
}

function section(title: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : `### ${title} ###\n${text}\n`;
}

function usagePath(id: string, path: string): string {
  return path === '/' ? id : `${id}${path}`;
}

function show(request: HttpRequest, lines: readonly string[]): HttpResponse {
  const markdown = lines.join('\n');
  if (/^(?:curl|HTTPie)/.test(request.headers['user-agent'] ?? '')) {
    return { status: 200, headers: { 'content-type': 'text/x-markdown' }, body: markdown };
  }
  const html =
    '<!doctype html><html><head><title>Help</title><style>' +
    'body{font:14px/1.6 Helvetica,Arial,sans-serif;padding:30px}' +
    'blockquote{border-left:5px solid #ddd;padding:0 10px;margin:0 0 20px}a{color:#08c;text-decoration:none}' +
    `</style></head><body>\n${markdownToHtml(markdown)}\n</body></html>\n`;
  const headers = {
    'content-type': 'text/html',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  };
  return { status: 200, headers, body: html };
}
