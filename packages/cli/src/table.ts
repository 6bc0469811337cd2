/** Lays out rows below a heading, in columns that are as wide as their widest cell. Every line ends with a newline. */
export function formatTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines
    .map((cells) => {
      const padded = widths.map((width, column) => printable(cells[column] ?? '').padEnd(width));
      return `${padded.join('  ').trimEnd()}\n`;
    })
    .join('');
}

/** Names come from other people: what would move the cursor or break the line is shown as a question mark. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?');
}
