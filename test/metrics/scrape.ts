/** What a scrape found of one metric. */
export interface Scraped {
  readonly type: string;
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** @returns the metrics of an answer in Prometheus' text format, by the name that an expression uses. */
export function readScrape(text: string): Map<string, Scraped> {
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]));
  const found = new Map<string, { type: string; samples: Scraped['samples'][number][] }>();
  for (const [name, type] of types) found.set(name, { type, samples: [] });
  for (const line of text.split('\n').filter((each) => each !== '' && !each.startsWith('#'))) {
    const [, name = '', , inBraces = '', value = ''] = /^([\w:]+)(\{(.*)\})? (\S+)/.exec(line) ?? [];
    const labels = Object.fromEntries(
      [...inBraces.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', content = '']) => [key, content]),
    );
    const type = types.get(name) ?? types.get(name.replace(/_(bucket|sum|count)$/, '')) ?? 'untyped';
    const entry = found.get(name) ?? { type, samples: [] };
    entry.samples.push({ labels, value: Number(value) });
    found.set(name, entry);
  }
  return found;
}
