/** Lays out rows below a heading, in columns that are as wide as their widest cell. Every line ends with a newline. */
export function formatTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heading, ...rows];
  const texts = lines.map((cells) => cells.map(printable));
  const widths = heading.map((_, column) =>
    texts.reduce((widest, cells) => Math.max(widest, columnsOf(cells[column] ?? '')), 0),
  );
  return texts
    .map((cells) => {
      const padded = widths.map((width, column) => {
        const text = cells[column] ?? '';
        return text + ' '.repeat(width - columnsOf(text));
      });
      return `${padded.join('  ').trimEnd()}\n`;
    })
    .join('');
}

/** Names come from other people: what would move the cursor, break the line or turn its direction is shown as a question mark. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/gu, '?');
}

const plain = /^[ -~]*$/;
const wide =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}])/u;

/** How many columns of a terminal a text takes: letters of East Asia and most pictures take two. */
function columnsOf(text: string): number {
  if (plain.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) columns += wide.test(segment) ? 2 : 1;
  return columns;
}
