import { describe, expect, it } from 'vitest';
import { definitions, type MetricName } from '../../../src/metrics/definitions.ts';
import { alertRules, allExpressions, askedBy, dashboard, syntaxFaults } from '../../metrics/expressions.ts';

/** Of a scrape: Prometheus adds them itself. */
const added = ['job', 'instance'];

describe('production/prometheus-rules.yml and grafana-dashboard.json', () => {
  it.each(allExpressions())('$where can be understood by Prometheus', ({ expr }) => expect(syntaxFaults(expr)).toEqual([]));

  it('finds a fault in an expression that has one', () => expect(syntaxFaults('rate(a[5m]) > > 1')).not.toEqual([]));

  it.each(allExpressions())('$where asks for metrics and labels that there are', ({ expr, templates }) => {
    const { metrics, groupings } = askedBy(expr);
    expect(metrics.length).toBeGreaterThan(0);
    for (const { metric, labels } of metrics.filter((each) => each.metric.startsWith('kintsugi_'))) {
      expect(Object.keys(definitions)).toContain(metric);
      const known = ['stack', ...added, ...definitions[metric as MetricName][1]];
      for (const name of [...labels.map((label) => label.name), ...groupings, ...templates])
        expect(known, metric).toContain(name);
    }
  });

  it('says of each alert what it means and what to type', () => {
    const rules = alertRules();
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, labels, annotations } of rules) {
      expect(['critical', 'warning'], alert).toContain(labels.severity);
      expect(annotations.summary, alert).toBeTruthy();
      expect(annotations.description, alert).toMatch(/ype "kintsugi /);
    }
  });

  it('has panels that do not lie on one another', () => {
    const places = dashboard().panels.flatMap(({ title, gridPos: { x, y, w, h } }) => {
      expect(x + w, title).toBeLessThanOrEqual(24);
      return Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`);
    });
    expect(new Set(places).size).toBe(places.length);
    expect(new Set(dashboard().panels.map(({ id }) => id)).size).toBe(dashboard().panels.length);
  });

  it('tells of every metric of ours in a rule or a panel, but for the build', () => {
    const used = new Set(allExpressions().flatMap(({ expr }) => askedBy(expr).metrics.map(({ metric }) => metric)));
    const unused = Object.keys(definitions).filter((name) => !used.has(name));
    expect(unused).toEqual([
      'kintsugi_recovery_timestamp_seconds',
      'kintsugi_channels_tried_timestamp_seconds',
      'kintsugi_worker_build',
    ]);
  });
});
