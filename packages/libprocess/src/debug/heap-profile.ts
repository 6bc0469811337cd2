/** What V8's sampling heap profiler found, and how people can read it. */

/** A function, and what was allocated in it and not collected; as V8 tells it (DevTools protocol, `HeapProfiler.SamplingHeapProfileNode`). */
export interface HeapProfileNode {
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  /** In bytes, without the functions called. */
  readonly selfSize: number;
  readonly children: readonly HeapProfileNode[];
}

/** A heap profile: the tree of calls in which memory was allocated. */
export interface HeapProfile {
  readonly head: HeapProfileNode;
}

const rowsMax = 100;

/** A table of the functions that allocated most. */
export function heapProfileText({ head }: HeapProfile): string {
  const own = new Map<string, number>();
  let total = 0;
  const visit = (node: HeapProfileNode): void => {
    total += node.selfSize;
    const name = frameText(node);
    own.set(name, (own.get(name) ?? 0) + node.selfSize);
    for (const child of node.children) visit(child);
  };
  visit(head);
  const rows = [...own].filter(([, bytes]) => bytes > 0).toSorted(([, a], [, b]) => b - a);
  const lines = rows.slice(0, rowsMax).map(([name, bytes]) => {
    return `${String(bytes).padStart(12)} ${((bytes * 100) / total).toFixed(1).padStart(5)}% ${name}`;
  });
  const rest = rows.length > rowsMax ? [`${rows.length - rowsMax} more functions`] : [];
  return `${[`Total: ${total} bytes`, ...lines, ...rest].join('\n')}\n`;
}

const width = 1200;
const rowHeight = 18;
const levelsMax = 60;
// Narrower boxes cannot be seen.
const widthMin = 0.5;
const characterWidth = 7;

/** The tree of calls as a picture (SVG): a box for each function, as wide as what it and those it called have allocated. */
export function heapProfileSvg({ head }: HeapProfile): string {
  const totals = new Map<HeapProfileNode, number>();
  const perByte = width / Math.max(1, addTotals(head, totals));
  const boxes: string[] = [];
  let levels = 1;
  const draw = (node: HeapProfileNode, x: number, level: number): void => {
    const bytes = totals.get(node) ?? 0;
    if (bytes * perByte < widthMin || level >= levelsMax) return;
    levels = Math.max(levels, level + 1);
    boxes.push(boxSvg(frameText(node), bytes, x, level, bytes * perByte));
    let left = x;
    for (const child of node.children) {
      draw(child, left, level + 1);
      left += (totals.get(child) ?? 0) * perByte;
    }
  };
  draw(head, 0, 0);
  const height = levels * rowHeight;
  const root = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="monospace" font-size="12">`;
  return `${root}\n${boxes.join('\n')}\n</svg>\n`;
}

/** Notes for each function what it and those it called have allocated. Answers that of the first. */
function addTotals(node: HeapProfileNode, totals: Map<HeapProfileNode, number>): number {
  const total = node.children.reduce((bytes, child) => bytes + addTotals(child, totals), node.selfSize);
  totals.set(node, total);
  return total;
}

function boxSvg(name: string, bytes: number, x: number, level: number, span: number): string {
  const [left, top] = [x.toFixed(1), level * rowHeight];
  const label = name.slice(0, Math.max(0, Math.floor(span / characterWidth) - 1));
  const color = `hsl(${(level * 37) % 60} 80% 70%)`;
  const box = `<rect x="${left}" y="${top}" width="${span.toFixed(1)}" height="${rowHeight - 1}" fill="${color}"/>`;
  const text = label === '' ? '' : `<text x="${(x + 3).toFixed(1)}" y="${top + 13}">${escapeXml(label)}</text>`;
  return `<g><title>${escapeXml(`${name}: ${bytes} bytes`)}</title>${box}${text}</g>`;
}

function frameText({ callFrame }: HeapProfileNode): string {
  const name = callFrame.functionName === '' ? '(anonymous)' : callFrame.functionName;
  return callFrame.url === '' ? name : `${name} ${callFrame.url}:${callFrame.lineNumber + 1}`;
}

function escapeXml(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cs}]/gu, '?')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
