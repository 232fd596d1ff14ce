import path from 'node:path';
import { expect, test } from 'vitest';
import { loadPlan } from '../../src/plan/load.ts';
import { renderDocumentAsHtml } from '../../src/reports/document/html.tsx';
import { renderDocumentAsMarkdown } from '../../src/reports/document/markdown.ts';
import { planDocument } from '../../src/reports/plan-document.ts';
import { recoveries } from '../../src/workflows/contract.ts';

const file = path.join(import.meta.dirname, '../../examples/uns-claudejp/kintsugi.yaml');
const now = Date.parse('2026-11-25T03:00:00Z');
const document = planDocument(await loadPlan(file), now);
const markdown = renderDocumentAsMarkdown(document);

test('every recovery has its command and its objective', () => {
  for (const name of Object.keys(recoveries)) expect(markdown).toMatch(new RegExp(`kintsugi recover ${name} .*(min|h) +\\|`));
});

test('the example’s document has the numbers of the plan', () => {
  expect(document.title).toBe('Disaster recovery plan of uns-claudejp');
  expect(document.badge.text).toBe('2026-11-25');
  for (const line of [
    /Container crashed +\| 10 min/,
    /P1 \| Critical: .*\| primary-dba, devops-lead \| 15 min/,
    /weekly +\| 02:00 every Sunday +\| 28 d/,
    /drill +\| 10:00 on the first Friday of each month +\| 2026-12-04 10:00 JST/,
    /phone \+81-90-0000-0001; email dba@example\.com/,
    /no duplicate timer cards/,
  ])
    expect(markdown).toMatch(line);
});

test('it needs no network and holds no secret', () => {
  const html = renderDocumentAsHtml(document);
  expect(html).not.toMatch(/<(script|link)\b|src=|POSTGRES_PASSWORD/);
  expect(html).toContain('pg_restore -U uns_admin');
});
