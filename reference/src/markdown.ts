/** Markdown, as GitHub shows it. */

/** A table; nothing without rows. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  return [header, header.map(() => '---'), ...rows].map(line).join('');
}

function line(cells: readonly string[]): string {
  return `| ${cells.map(cell).join(' | ')} |\n`;
}

function cell(text: string): string {
  return text.replaceAll('\n', ' ').replaceAll('|', String.raw`\|`);
}

/** The anchor that GitHub gives a heading. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}

/** A fenced block. */
export function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text}${text.endsWith('\n') ? '' : '\n'}\`\`\`\n`;
}

/** Parts with an empty line between each two of them; empty ones are left out. */
export function parts(...texts: readonly (string | undefined)[]): string {
  const there = texts.filter((text): text is string => text !== undefined && text !== '');
  return `${there.map((text) => text.trimEnd()).join('\n\n')}\n`;
}

/** A comment of the schema as a paragraph. */
export function prose(comment: string | undefined): string {
  return (comment ?? '')
    .split('\n')
    .map((each) => each.trim())
    .join(' ')
    .trim();
}

/** The first sentence of a text. */
export function firstSentence(text: string): string {
  return /^[\s\S]*?[.?!](?=\s+[A-Z`]|$)/.exec(text)?.[0] ?? text;
}
