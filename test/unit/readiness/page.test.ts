import { describe, expect, it } from 'vitest';
import { judgeReadiness } from '../../../src/readiness/judge.ts';
import { renderDocumentAsHtml } from '../../../src/reports/document/html.tsx';
import { renderDocumentAsMarkdown } from '../../../src/reports/document/markdown.ts';
import { readinessDocument } from '../../../src/reports/readiness/document.ts';
import { backup, bad, day, hour, minute, now, planWith, scene, unproven } from './scene.ts';

const page = (changes: Parameters<typeof scene>[0] = {}) => {
  const facts = scene(changes);
  const plan = planWith();
  return renderDocumentAsHtml(readinessDocument(plan, facts, judgeReadiness(plan, facts)));
};

describe('the page of kintsugi ready', () => {
  it('needs no network and no script, and escapes what others said', () => {
    const html = page({ server: { fault: '<script>alert(1)</script>', hint: null } });
    expect(html).not.toMatch(/<script|<img|https?:\/\/|url\(/);
    expect(html).toContain('&lt;script>alert(1)');
    expect(html).toContain("default-src 'none'");
  });

  it('draws a column for each backup, coloured by what is known of it', () => {
    const stored = [backup(30 * minute), backup(90 * minute, { standing: unproven }), backup(150 * minute, { standing: bad })];
    const html = page({ backups: { stored, chosen: 'b30' } });
    expect(html.match(/class="column good"[^>]*><title>b30: 100\.0 MB/)).not.toBeNull();
    expect(html).toMatch(/class="column work"[^>]*><title>b90: 100\.0 MB/);
    expect(html).toMatch(/class="column bad"[^>]*><title>b150/);
  });

  it('draws the age of each tier against the age at which it is late', () => {
    expect(page()).toContain('hourly: 30 min');
    const late = page({ backups: { stored: [backup(3 * hour)], chosen: 'b180' } });
    expect(late).toMatch(/<rect class="bad"[^>]*width="100.00%"/);
  });

  it('says the same as text where nothing is stored and nothing answers', () => {
    const facts = scene({
      backups: { stored: [], chosen: null },
      temporal: { fault: 'no answer' },
      restores: [],
      drills: [],
      channels: null,
    });
    const plan = planWith();
    const text = renderDocumentAsMarkdown(readinessDocument(plan, facts, judgeReadiness(plan, facts)));
    expect(text).toContain('# Ready to recover app?: red');
    expect(text).toContain('there is no backup of app');
    expect(text).toContain('There was none yet: kintsugi drill run');
  });

  it('draws the drills against the RTO', () => {
    const [last] = scene().drills;
    if (last === undefined) throw new Error('the scene has a drill');
    const html = page({ drills: [{ ...last, startedAt: now - 30 * day, well: false, text: 'slow' }, last] });
    expect(html).toMatch(/class="column bad"[^>]*><title>drill: failed, 4 min/);
    expect(html).toContain('slow');
  });
});
