import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createGauges } from '../../../src/metrics/gauges.ts';
import { measuresOf } from '../../../src/metrics/measures.ts';
import { judgeReadiness } from '../../../src/readiness/judge.ts';
import { backup, bad, hour, minute, now, planWith, scene, unproven } from '../readiness/scene.ts';

const measure = (changes: Parameters<typeof scene>[0] = {}) => {
  const plan = planWith();
  const facts = scene(changes);
  return measuresOf(plan, facts, judgeReadiness(plan, facts));
};

describe('measuresOf', () => {
  it('tells instants, so that ages go on while nobody looks', () => {
    const stored = [backup(minute, { standing: bad }), backup(30 * minute, { standing: unproven, bytes: 7 }), backup(hour)];
    const found = measure({ backups: { stored, chosen: 'b60' } });
    expect(found.kintsugi_backup_timestamp_seconds).toEqual([{ value: (now - 30 * minute) / 1000, labels: { database: 'app' } }]);
    expect(found.kintsugi_backup_proven_timestamp_seconds).toEqual([{ value: (now - hour) / 1000, labels: { database: 'app' } }]);
    expect(found.kintsugi_backup_bytes).toEqual([{ value: 7, labels: { database: 'app' } }]);
    expect(found.kintsugi_backups?.map(({ value, labels }) => [labels?.state, value])).toEqual([
      ['proven', 1],
      ['unproven', 1],
      ['bad', 1],
    ]);
  });

  it('leaves out what is not known, which is not 0', () => {
    const found = measure({
      backups: { stored: [], chosen: null },
      temporal: { fault: 'down' },
      drills: [],
      restores: [],
      channels: null,
    });
    expect(found.kintsugi_backup_timestamp_seconds).toEqual([]);
    expect(found.kintsugi_incidents_open).toBeUndefined();
    expect(found.kintsugi_drill_success).toBeUndefined();
    expect(found.kintsugi_recovery_predicted_seconds).toEqual([]);
    expect(found.kintsugi_look_failed).toContainEqual({ value: 1, labels: { part: 'temporal' } });
    expect(found.kintsugi_ready).toContainEqual({ value: 1, labels: { level: 'red' } });
  });

  it('tells RTA and RPA of the last recovery that ended well, and that the last one failed', () => {
    const recovery = {
      workflowId: 'r',
      procedure: 'restoreDatabase',
      endedAt: now - hour,
      well: true,
      rtaMs: 60_000,
      rpaMs: hour,
    };
    const found = measure({ recoveries: [recovery, { ...recovery, endedAt: now, well: false, rtaMs: null, rpaMs: null }] });
    const labels = { procedure: 'restoreDatabase' };
    expect(found.kintsugi_recovery_rta_seconds).toEqual([{ value: 60, labels }]);
    expect(found.kintsugi_recovery_rpa_seconds).toEqual([{ value: 3600, labels }]);
    expect(found.kintsugi_recovery_success).toEqual([{ value: 0, labels }]);
  });
});

describe('createGauges', () => {
  it('takes away what is not measured any more, and never tells 0 for it', async () => {
    const registry = new Registry();
    const set = createGauges(registry, 'uns');
    set(measure());
    expect(await registry.metrics()).toContain('kintsugi_drill_success{stack="uns"} 1');
    expect(await registry.metrics()).toContain(
      'kintsugi_backup_tier_timestamp_seconds{stack="uns",database="app",tier="hourly"}',
    );
    set(measure({ drills: [] }));
    expect(await registry.metrics()).not.toMatch(/^kintsugi_drill_success\b.*\d$/m);
  });
});
