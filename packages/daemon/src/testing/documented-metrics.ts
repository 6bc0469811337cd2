/** Keys of metrics as a document tells them. */
export interface DocumentedMetrics {
  /** Keys that are always there. */
  readonly always: readonly string[];
  /** Whether a key is told of. */
  has(key: string): boolean;
}

/**
 * Reads the tables of `docs/metrics.md` in some of its sections, by their titles: `{a,b}` in a key stands for each of these, `<what>` for
 * what varies. Keys of timers, and those with something that varies, are not always there.
 */
export function documentedMetrics(markdown: string, titles: readonly string[]): DocumentedMetrics {
  const rows = markdown
    .split(/^##(?!#)/m)
    .filter((section) => titles.includes(section.split('\n', 1)[0]?.trim() ?? ''))
    .flatMap((section) => [...section.matchAll(/^\| `([^`]+)` +\| (gauge|counter|timer) +\|/gm)])
    .flatMap(([, key = '', kind]) => expand(key).map((each) => ({ key: each, kind })));
  const patterns = rows.map(({ key, kind }) => patternOf(key, kind === 'timer'));
  return {
    always: rows.filter(({ key, kind }) => kind !== 'timer' && !key.includes('<')).map(({ key }) => key),
    has: (key) => patterns.some((pattern) => pattern.test(key)),
  };
}

function expand(key: string): string[] {
  const braces = /\{([^{}]*)\}/.exec(key);
  if (braces === null) return [key];
  const [all, list = ''] = braces;
  return list.split(',').flatMap((item) => expand(key.replace(all, item)));
}

function patternOf(key: string, isTimer: boolean): RegExp {
  const [first = '', ...rest] = key
    .split(/<[^<>]*>/)
    .map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  const statistics = isTimer ? '(?:/(?:count|min|max|p50|p90|p95|p99|p999|p9999))?' : '';
  return new RegExp(`^${[first, ...rest].join('[^ ]+')}${statistics}$`);
}
