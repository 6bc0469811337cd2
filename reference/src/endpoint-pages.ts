/** The page of the endpoints of version 0, which is made of what `/help` says. */
import { exampleText } from './example-text.ts';
import { at, textAt, type Json } from './json.ts';
import { anchorOf, parts, table } from './markdown.ts';
import type { Material } from './api-page.ts';
import type { Daemon, Example } from './scenario.ts';

interface Endpoint {
  readonly heading: string;
  readonly path: string;
  readonly help: Help;
}

interface Help {
  readonly usage: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly authentication: string;
  readonly authorization: string;
}

const helpPath = '/help';

/** The page of the endpoints of one daemon. */
export function endpointsPage(daemon: Daemon, material: Material): string {
  const examples = material.examples.filter(({ api, daemon: of }) => api === undefined && of === daemon);
  const help = examples.find(({ of }) => of === helpPath)?.answer?.json;
  const endpoints = endpointsOf(help).filter(({ path }) => !path.startsWith('/api/'));
  const example = ({ path }: Endpoint): Example[] =>
    examples.filter(({ of }) => endpointOf(of, endpoints)?.path === path && of !== helpPath);
  return parts(
    material.prose.get(`endpoints-${daemon}`),
    table(
      ['endpoint', 'what it is for'],
      endpoints.map(({ heading, help: { summary } }) => [`[${heading}](#${anchorOf(heading)})`, summary]),
    ),
    ...endpoints.map((endpoint) => section(endpoint, example(endpoint))),
  );
}

function section(
  { heading, help: { authentication, authorization, description, summary, usage } }: Endpoint,
  examples: readonly Example[],
): string {
  const actions = [...new Set(examples.flatMap((example) => example.actions))].toSorted();
  const facts = [
    authentication === '' ? '' : `- **Authentication**: ${authentication}`,
    authorization === '' ? '' : `- **Authorization**: ${authorization}`,
    actions.length === 0 ? '' : `- **Asks for the right to**: ${actions.map((action) => `\`${action}\``).join(', ')}.`,
  ];
  return parts(
    `## ${heading}`,
    summary,
    usage.length < 2
      ? ''
      : `Also ${usage
          .slice(1)
          .map((path) => `\`${path}\``)
          .join(', ')}.`,
    description,
    facts.filter((fact) => fact !== '').join('\n'),
    ...examples.map(exampleText),
  );
}

/** The endpoint that a path leads to: the longest that it begins with. */
function endpointOf(path: string, endpoints: readonly Endpoint[]): Endpoint | undefined {
  return endpoints
    .filter((each) => each.path === path || path.startsWith(`${each.path === '/' ? '' : each.path}/`))
    .filter((each) => each.path !== '/' || path === '/')
    .toSorted((one, two) => two.path.length - one.path.length)[0];
}

function endpointsOf(help: Json | undefined): Endpoint[] {
  return list(at(help, '/processes')).flatMap((process) =>
    list(at(process, '/endpoints')).map((endpoint) => {
      const text = readHelp(textAt(endpoint, '/text') ?? '');
      const [path = ''] = text.usage;
      // An anchor needs letters.
      return { heading: path === '/' ? 'Root' : path, path, help: text };
    }),
  );
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

/** Reads a page of `/help`: its parts have headings of their own. */
export function readHelp(text: string): Help {
  const sections = new Map(
    text
      .split(/^### /m)
      .slice(1)
      .map((part): [string, string] => {
        const [title = '', ...lines] = part.split('\n');
        return [title.replaceAll(/[;#\s]/g, ''), lines.join('\n').trim()];
      }),
  );
  const usage = (sections.get('USAGE') ?? '').split('\n').map((line) => line.replace(/^>\s*/, ''));
  const textOf = (name: string): string => sections.get(name) ?? '';
  return {
    usage,
    summary: textOf('TLDR'),
    description: parameters(textOf('DESCRIPTION')),
    authentication: textOf('AUTHENTICATION'),
    authorization: textOf('AUTHORIZATION'),
  };
}

/** Lists of parameters are quoted code in `/help`. */
function parameters(text: string): string {
  return text.replaceAll(/(?:^>.*\n?)+/gm, (quoted) => {
    const rows = quoted.trimEnd().split('\n').map(parameter);
    return table(['parameter', 'what it is'], rows);
  });
}

function parameter(line: string): [name: string, meaning: string] {
  const [, name = line.replace(/^>\s*/, ''), meaning = ''] = /^>\s+(\S+)\s+(.*)$/.exec(line) ?? [];
  return [`\`${name}\``, meaning];
}
