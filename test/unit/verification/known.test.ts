import { describe, expect, it } from 'vitest';
import type { Verification } from '../../../src/catalog/verification.ts';
import { speaksAgainstBackup } from '../../../src/verification/fault.ts';
import { standingOf } from '../../../src/verification/known.ts';

/** `restore+`: a restore that passed; `checksums-`: checksums that failed. One a day. */
function results(...all: string[]): Verification[] {
  return all.map((each, at) => ({
    at: `2026-11-${String(at + 1).padStart(2, '0')}T02:00:00.000Z`,
    means: each.slice(0, -1) as Verification['means'],
    outcome: each.endsWith('+') ? 'passed' : 'failed',
    ...(each.endsWith('-') ? { code: 'RESTORE_FAILED', message: each } : {}),
    by: { workflowId: 'w', runId: 'r' },
    durationMs: 1,
  }));
}

describe('standingOf', () => {
  it.each([
    [[], false, null],
    [['checksums+', 'listing+'], false, null],
    [['restore+', 'checksums+'], true, null],
    // Good checksums do not heal what can't be restored.
    [['restore-', 'checksums+', 'listing+'], false, 'restore-'],
    [['restore-', 'restore+'], true, null],
    // Damaged since it was proven.
    [['restore+', 'checksums-'], false, 'checksums-'],
    // Mended by hand: whole again, and to be proven again.
    [['restore+', 'checksums-', 'checksums+'], false, null],
    [['restore+', 'checksums-', 'checksums+', 'restore+'], true, null],
  ])('of %j', (all, proven, fault) => {
    const standing = standingOf(results(...all));
    expect(standing.proven).toBe(proven);
    expect(standing.fault?.message ?? null).toBe(fault);
  });

  it('tells when it was restored last, whatever came out, and what passed last', () => {
    const standing = standingOf(results('restore+', 'restore-', 'checksums+'));
    expect(standing).toMatchObject({
      restoredAt: Date.parse('2026-11-02T02:00:00.000Z'),
      passed: { at: '2026-11-03T02:00:00.000Z', means: 'checksums' },
    });
  });
});

describe('speaksAgainstBackup', () => {
  it.each([
    ['BACKUP_CORRUPT', 'x', true],
    ['RESTORE_FAILED', 'ERROR: relation "x" does not exist', true],
    ['VERIFY_FAILED', 'x', true],
    ['BACKUP_KEY', 'x', true],
    ['RESTORE_FAILED', 'ERROR: out of shared memory', false],
    ['RESTORE_FAILED', 'could not resize shared memory segment', false],
    ['SCRATCH_SERVER', 'x', false],
    ['CONNECTION_LOST', 'x', false],
    ['DISK_TOO_SMALL', 'x', false],
    ['BACKUP_MISSING', 'x', false],
    ['no code', 'x', false],
  ])('%s “%s”: %s', (code, message, expected) => expect(speaksAgainstBackup(code, message)).toBe(expected));
});
