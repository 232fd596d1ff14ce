import { describe, expect, it } from 'vitest';
import { judgeReadiness } from '../../../src/readiness/judge.ts';
import { backup, bad, day, hour, minute, now, planWith, scene, unproven } from './scene.ts';

const judge = (changes: Parameters<typeof scene>[0] = {}, plan = planWith()) => judgeReadiness(plan, scene(changes));
/** @returns what is not green, with its command. */
const said = (changes: Parameters<typeof scene>[0] = {}, plan = planWith()) =>
  judge(changes, plan).lines.flatMap(({ name, level, text, command }) =>
    level === 'green' ? [] : [`${level} ${name}: ${text}. ${command}`],
  );

describe('judgeReadiness', () => {
  it('is green where all is well, and says what would be lost and how long it would take', () => {
    const { level, sentence, loseMs } = judge();
    expect(said()).toEqual([]);
    expect(level).toBe('green');
    expect(sentence).toBe('A recovery of app would work now; it would lose up to 30 min and take 3 min.');
    expect(loseMs).toBe(30 * minute);
  });

  it('is red without a backup, and when none can be restored', () => {
    expect(said({ backups: { stored: [], chosen: null } })).toEqual([
      'red backup: there is no backup of app. kintsugi backup take',
    ]);
    expect(said({ backups: { stored: [backup(hour, { standing: bad })], chosen: null } })).toEqual([
      'red backup: none of 1 can be restored; the newest, b60: it stopped at an error. kintsugi backup take',
    ]);
    expect(said({ backups: { fault: 'The folder cannot be read.' } })[0]).toBe('red backup: The folder cannot be read.. null');
  });

  it('is red when more would be lost than promised, amber when only the proof is that old', () => {
    const old = backup(25 * hour);
    expect(said({ backups: { stored: [old], chosen: old.id } })).toContainEqual(
      'red backup: b1500 of 2026-11-23 02:30 UTC: up to 25 h would be lost, and the RPO is 24 h. kintsugi backup take',
    );
    expect(said({ backups: { stored: [backup(30 * minute, { standing: unproven }), old], chosen: old.id } })).toEqual([
      'amber backup: b1500 of 2026-11-23 02:30 UTC is the newest that was proven to restore: up to 25 h would be lost, and the RPO is 24 h; b30 is 30 min old and not proven yet. kintsugi backup verify b30',
    ]);
  });

  it('is amber while nothing was ever proven, when another one is bad, and when a tier is late', () => {
    expect(said({ backups: { stored: [backup(30 * minute, { standing: unproven })] } })).toEqual([
      'amber backup: b30 of 03:00 UTC: up to 30 min would be lost (RPO 24 h); no backup was ever proven to restore. kintsugi backup verify b30',
    ]);
    expect(said({ backups: { stored: [backup(10 * minute, { standing: bad }), backup(30 * minute)] } })).toEqual([
      'amber other backups: b10 is bad: it stopped at an error. kintsugi backup list',
    ]);
    const old = backup(3 * hour);
    expect(said({ backups: { stored: [old], chosen: old.id } })).toEqual([
      'amber tiers: late: hourly of 02:00 UTC. kintsugi schedules list',
    ]);
  });

  it('is red when the key of the backup can’t be read', () => {
    expect(said({ backups: { key: { ok: false, text: '$PASS is not set' } } })).toEqual([
      'red key: $PASS is not set. kintsugi plan check',
    ]);
  });

  it('is red when a recovery would take longer than promised, and amber where that is a guess or not known', () => {
    const slow = (ms: number, bytes: number | null = 100 * 2 ** 20) => ({
      restores: [{ kind: 'verification' as const, at: now - day, bytes, ms }],
    });
    expect(said({ restores: [] })).toEqual([
      'amber time to recover: not known: nothing was ever restored here (RTO 2 h). kintsugi backup verify b30',
    ]);
    expect(said(slow(3 * hour))[0]).toMatch(/^red time to recover: 3 h of RTO 2 h, by 1 verification; .*services comes on top/);
    expect(said(slow(hour, 10 * 2 ** 20))[0]).toMatch(/^amber time to recover: 10 h of RTO 2 h, .*10\.0 times smaller/);
    expect(said(slow(hour, null))).toEqual([]);
    expect(judge(slow(hour, null)).sentence).toMatch(/and take at least 60 min\.$|and take at least 1 h\.$/);
  });

  it('is red when the server is down, the database is not there, or the disk has no room', () => {
    expect(said({ server: { fault: 'The database server is down', hint: null } })).toEqual([
      'red database: The database server is down. kintsugi diagnose',
    ]);
    const is = { version: '15', liveBytes: null, walBytes: 2 ** 30, freeBytes: 2 ** 28 };
    expect(said({ server: { is } })).toEqual([
      'red database: there is no database app. kintsugi recover restore --dry-run',
      'red disk: 256.0 MB free beside the database; a restore needs 840.0 MB. kintsugi diagnose',
    ]);
  });

  it('is red without Temporal or a worker, and amber for schedules, incidents and a recovery at work', () => {
    expect(said({ temporal: { fault: 'The Temporal server at 127.0.0.1:7233 does not answer.' } })).toEqual([
      'red Temporal: The Temporal server at 127.0.0.1:7233 does not answer: nothing runs by itself, nobody is called, and a recovery cannot start. kintsugi up',
    ]);
    expect(said({ temporal: { workers: [] } })).toEqual(['red worker: none listens: a recovery would only wait. kintsugi up']);
    const schedule = { kind: 'backups', state: 'paused' as const, note: '', next: null, last: null, missed: 0 };
    expect(said({ temporal: { schedules: [schedule, { ...schedule, kind: 'audit', state: 'missing' }] } })).toEqual([
      'amber schedules: not there: audit; paused: backups. kintsugi schedules apply',
    ]);
    expect(said({ temporal: { schedules: [schedule] } })).toEqual([
      'amber schedules: paused: backups. kintsugi schedules resume backups',
    ]);
    const incidents = [{ workflowId: 'incident-uns-a', severity: 'P2' as const, status: 'triggered' }];
    expect(said({ temporal: { incidents, recovery: 'restore-uns' } })).toEqual([
      'amber recovery: restore-uns is at work. kintsugi watch restore-uns',
      'amber incidents: P2 incident-uns-a (triggered). kintsugi incident list',
    ]);
  });

  it('is red after a failed drill, amber without one or after a long while', () => {
    const [last] = scene().drills;
    if (last === undefined) throw new Error('the scene has a drill');
    expect(
      said({ drills: [last, { ...last, startedAt: now - day, well: false, text: 'the health address did not answer' }] }),
    ).toEqual([
      'red drill: the last one, 2026-11-23 03:30 UTC, failed: the health address did not answer. kintsugi drill report',
    ]);
    expect(said({ drills: [] })).toEqual(['amber drill: there was none yet. kintsugi drill run']);
    expect(said({ drills: [{ ...last, startedAt: now - 50 * day }] })).toEqual([
      'amber drill: the last one was 50 d ago, 2026-10-05 03:30 UTC, back in 4 min. kintsugi drill run',
    ]);
    expect(
      said({ drills: [] }, planWith({ schedules: { drill: 'off', backups: { daily: 'off', weekly: 'off', monthly: 'off' } } })),
    ).toEqual([]);
  });

  it('is amber when people might not be reached, red when no channel works', () => {
    const command = 'kintsugi notify test --quiet';
    const failed = { ok: false, text: 'email: wrong password' };
    const works = { ok: true, text: 'slack' };
    expect(said({ channels: null })).toEqual([`amber contacts: it was never tried whether messages leave. ${command}`]);
    expect(said({ channels: { at: now, tried: [failed, works] } })).toEqual([
      `amber contacts: email: wrong password (tried 03:30 UTC). ${command}`,
    ]);
    expect(said({ channels: { at: now, tried: [failed] } })).toEqual([
      `red contacts: email: wrong password (tried 03:30 UTC). ${command}`,
    ]);
    expect(said({ channels: { at: now - 3 * day, tried: [works] } })).toEqual([
      `amber contacts: 1 of 1 channels could be used 2026-11-21 03:30 UTC, 3 d ago. ${command}`,
    ]);
    expect(said({ channels: null }, planWith({ channels: {} }))).toEqual([
      'amber contacts: the plan sets up no channel: messages go to the worker’s terminal and a file only (channels in the plan). null',
    ]);
    expect(said({}, planWith({ people: {} }))).toEqual([
      'amber contacts: the plan knows nobody who could be called. kintsugi plan check',
    ]);
  });

  it('names all that is red in one sentence', () => {
    expect(judge({ temporal: { workers: [] }, backups: { stored: [], chosen: null } }).sentence).toBe(
      'A recovery of app would not work now, or not as promised: backup, worker.',
    );
  });
});
