/** Examples as they stand in the pages: a command of curl, and what it is answered. */
import { frame } from './frame.ts';
import { pretty, type Json } from './json.ts';
import { block, parts } from './markdown.ts';
import type { Example, ShownAnswer, ShownRequest } from './scenario.ts';

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  202: 'Accepted',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  409: 'Conflict',
  415: 'Unsupported Media Type',
  501: 'Not Implemented',
};

/** An example with its title. */
export function exampleText({ answer, request, followed, title }: Example): string {
  const isStream = answer?.events !== undefined;
  return parts(
    title,
    request === undefined ? '' : block('sh', command(request, { isStream })),
    answer === undefined ? '' : answerText(answer),
    followed === undefined ? '' : followedText(followed, request !== undefined),
  );
}

/** A command of curl that makes a request; of a stream it shows what comes when it comes. */
export function command(
  { headers, json, method, recordio, text, url }: ShownRequest,
  { isStream }: { readonly isStream: boolean },
): string {
  const words = [isStream ? 'curl -N' : 'curl', '-i'];
  const hasBody = json !== undefined || text !== undefined || recordio !== undefined;
  // curl posts what has a body.
  if (method !== (hasBody ? 'POST' : 'GET')) words.push(`-X ${method}`);
  words.push(quoted(url));
  const lines = [
    words.join(' '),
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
  ];
  if (json !== undefined) lines.push(`-d ${quoted(pretty(json))}`);
  if (text !== undefined) lines.push(`-d ${quoted(text)}`);
  if (recordio !== undefined) {
    const records = recordio.map((record) => quoted(frame(JSON.stringify(record))));
    return `printf '%s' ${records.join(' ')} |\n  ${[...lines, '--data-binary @-'].join(' \\\n    ')}\n`;
  }
  return `${lines.join(' \\\n  ')}\n`;
}

/** A word for a shell. */
function quoted(text: string): string {
  return /^[\w:/.=@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function answerText({ events, headers, json, status, text }: ShownAnswer): string {
  const head = `HTTP/1.1 ${status} ${reasons[status] ?? ''}\n`;
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`);
  const bodies = events?.map((event) => pretty(event)) ?? [json === undefined ? (text ?? '') : pretty(json)];
  const body = bodies.filter((each) => each !== '').map((each) => `\n${each}${each.endsWith('\n') ? '' : '\n'}`);
  return block('http', head + fields.join('') + body.join(''));
}

function followedText({ ended, events }: NonNullable<Example['followed']>, follows: boolean): string {
  const shown = events.map((event: Json) => `${pretty(event)}\n`).join('\n');
  const end = ended ? 'The stream of events ends.' : '';
  return parts(shown === '' ? '' : parts(follows ? 'The stream of events then says:' : '', block('jsonc', shown)), end);
}
