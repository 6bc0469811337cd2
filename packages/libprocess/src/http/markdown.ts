// Only what help pages are made of: headings, quotes, lists, code, links by reference, paragraphs.

/** Renders help pages as HTML. Whatever is in them is text: nothing of it becomes a tag. */
export function markdownToHtml(markdown: string): string {
  const references = new Map<string, string>();
  const lines = markdown.split('\n').filter((line) => {
    const match = /^\[([^\]]+)\]: *(\S+)$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) return true;
    references.set(match[1], match[2]);
    return false;
  });
  return blocks(lines, references).join('\n');
}

type References = ReadonlyMap<string, string>;

const kinds: readonly (readonly [kind: 'code' | 'heading' | 'item' | 'quote', pattern: RegExp])[] = [
  ['quote', /^> ?(.*)$/],
  ['heading', /^(#{1,6} .*)$/],
  ['code', /^ {4}(.*)$/],
  ['item', /^ {0,3}[*-] +(.*)$/],
];

function blocks(lines: readonly string[], references: References): string[] {
  const html: string[] = [];
  let index = 0;
  while (index < lines.length) {
    const kind = kindOf(lines[index] ?? '');
    const rest = lines.slice(index + 1).findIndex((line) => kind === 'heading' || kindOf(line) !== kind);
    const end = rest < 0 ? lines.length : index + 1 + rest;
    const group = lines.slice(index, end).map((line) => inside(line, kind));
    if (kind !== 'blank') html.push(render[kind](group, references));
    index = end;
  }
  return html;
}

type Kind = (typeof kinds)[number][0] | 'blank' | 'text';

function kindOf(line: string): Kind {
  if (line.trim() === '') return 'blank';
  return kinds.find(([, pattern]) => pattern.test(line))?.[0] ?? 'text';
}

function inside(line: string, kind: Kind): string {
  const pattern = kinds.find(([name]) => name === kind)?.[1];
  return pattern?.exec(line)?.[1] ?? line;
}

const render: Readonly<Record<Exclude<Kind, 'blank'>, (lines: readonly string[], references: References) => string>> = {
  quote: (lines, references) => `<blockquote>${blocks(lines, references).join('\n')}</blockquote>`,
  code: (lines) => `<pre><code>${lines.map(escaped).join('\n')}</code></pre>`,
  item: (lines, references) => `<ul>${lines.map((line) => `<li>${inline(line, references)}</li>`).join('')}</ul>`,
  heading: ([line = ''], references) => {
    const [, marks = '#', text = ''] = /^(#+) +(.*?)[ #]*$/.exec(line) ?? [];
    return `<h${marks.length}>${inline(text, references)}</h${marks.length}>`;
  },
  text: (lines, references) => `<p>${lines.map((line) => inline(line, references)).join('<br>\n')}</p>`,
};

function inline(text: string, references: References): string {
  return text
    .split(/(`[^`]+`|\[[^\]]+\]\[[^\]]+\])/)
    .map((part) => {
      if (part.startsWith('`') && part.length > 1) return `<code>${escaped(part.slice(1, -1))}</code>`;
      const link = /^\[([^\]]+)\]\[([^\]]+)\]$/.exec(part);
      const target = references.get(link?.[2] ?? '');
      return target === undefined ? escaped(part) : `<a href="${escaped(target)}">${escaped(link?.[1] ?? '')}</a>`;
    })
    .join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
