import type { RouteHelp } from '@mesos-ts/libprocess';

/** A page of `/help`: what an endpoint is for in one line, paragraphs about it, and who may use it. */
export function helpPage(summary: string, paragraphs: readonly string[], authorization?: string): RouteHelp {
  const page = { summary, description: paragraphs.join('\n\n') };
  return authorization === undefined ? page : { ...page, authorization };
}

/** A paragraph that lists the parameters of an endpoint, each with what it means. */
export function helpParameters(title: string, parameters: Readonly<Record<string, string>>): string {
  const rows = Object.entries(parameters).map(([name, meaning]) => `>        ${name.padEnd(20)} ${meaning}`);
  return [title, '', ...rows].join('\n');
}

/** A paragraph that every endpoint of version 0 with JSON shares. */
export const jsonpHelp = 'With `jsonp=NAME` the answer is a script that calls that function.';
