import { describe, expect, it } from 'vitest';
import { checkDocument } from '../../../src/reports/check/document.ts';
import type { CheckReport } from '../../../src/reports/check/report.ts';
import { renderDocumentAsHtml } from '../../../src/reports/document/html.tsx';
import { renderDocumentAsMarkdown } from '../../../src/reports/document/markdown.ts';

const week = 7 * 86_400_000;
const at = (weeksAgo: number) => new Date(Date.parse('2026-11-22T04:30:00Z') - weeksAgo * week).toISOString();
const run = (weeksAgo: number, duplicates: number, rows: number) => ({
  at: at(weeksAgo),
  database: 'shop',
  found: { duplicates, 'missing hours': 0 },
  rows: { 'public.timer_cards': rows, 'public.users': 12 },
  read: ['public.timer_cards'],
});

function report(changes: Partial<CheckReport> = {}): CheckReport {
  return {
    version: 1,
    kind: 'check',
    madeAt: '2026-11-22T04:32:00Z',
    zone: 'Asia/Tokyo',
    stack: 'shop',
    database: 'shop',
    workflowId: 'check-shop',
    runId: 'run',
    startedAt: at(0),
    only: null,
    checked: [
      {
        name: 'duplicates',
        found: 3,
        severity: 'P2',
        text: '3 rows of public.timer_cards',
        command: 'kintsugi recover repair --only duplicates',
      },
      { name: 'checksums of pages', found: 1, severity: 'P1', text: '1 failures', command: 'kintsugi recover restore --dry-run' },
      { name: 'missing hours', found: 0, severity: 'P3', text: 'none', command: null },
    ],
    findings: [{ title: 'what was checked' }, { title: 'duplicates', columns: ['id', 'name'], rows: [['7', '<b>x</b>']] }],
    incidents: ['incident-shop-integrity-P2-shop'],
    runs: [run(2, 0, 900), run(1, 1, 950), run(0, 3, 1_000)],
    ...changes,
  };
}

describe('the report of a check', () => {
  const text = renderDocumentAsMarkdown(checkDocument(report()));
  const html = renderDocumentAsHtml(checkDocument(report()));

  it('names what was found with the exact command, the worst first', () => {
    expect(text).toContain('# Integrity of shop: 2 findings');
    expect(text.indexOf('kintsugi recover restore --dry-run')).toBeLessThan(
      text.indexOf('kintsugi recover repair --only duplicates'),
    );
    expect(text).toContain('checksums of pages (P1): 1 failures, and 1 more.');
    expect(text).toContain('kintsugi incident show incident-shop-integrity-P2-shop');
  });

  it('shows counts beside those of the run before, and the trend', () => {
    expect(text).toMatch(/✖ duplicates *\| 3 *\| 1 *\| ▁▄█/);
    expect(text).toMatch(/✔ missing hours *\| 0 *\| 0/);
  });

  it('draws findings and rows over time, and shows samples as text', () => {
    expect(html).toMatch(/class="column bad"[^>]*><title>2026-11-22 13:30 JST: 3/);
    expect(html).toMatch(/class="column work"[^>]*><title>2026-11-22 13:30 JST: 1,000/);
    expect(html).toContain('&lt;b>x&lt;/b>');
    expect(html).not.toMatch(/<script|https?:\/\//);
  });

  it('says that all is well, and draws nothing of one run', () => {
    const well = report({ checked: report().checked.slice(2), incidents: [], runs: [run(0, 0, 1)], findings: [] });
    const page = renderDocumentAsHtml(checkDocument(well));
    expect(page).toContain('Nothing was found: all 1 checks are well.');
    expect(page).not.toMatch(/<figure|What to type|over time/);
  });
});
