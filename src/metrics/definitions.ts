/**
 * Every metric of ours, by name: what it means, and its labels beside `stack`. Ages are told as the instant that they are counted from, as
 * Prometheus advises: `time() - kintsugi_…_timestamp_seconds` is right even when nothing was looked at for a while.
 */
export const definitions = {
  kintsugi_ready: ['1 for the level that kintsugi ready tells, 0 for the others', ['level']],
  kintsugi_ready_check: ['Level of one thing that a recovery needs: 0 green, 1 amber, 2 red', ['check']],
  kintsugi_looked_timestamp_seconds: ['When all of this was looked at', []],
  kintsugi_look_failed: ['1 where a part could not be looked at: backups, temporal, server', ['part']],
  kintsugi_rpo_seconds: ['Recovery point objective of the plan', ['database']],
  kintsugi_rto_seconds: ['Recovery time objective of the plan', ['database']],
  kintsugi_backup_timestamp_seconds: ['Instant of the newest sound backup', ['database']],
  kintsugi_backup_proven_timestamp_seconds: ['Instant of the newest backup that was proven to restore', ['database']],
  kintsugi_backup_tier_timestamp_seconds: ['Instant of the newest sound backup of a tier', ['database', 'tier']],
  kintsugi_backup_bytes: ['Size of the newest sound backup', ['database']],
  kintsugi_backup_duration_seconds: ['How long the newest sound backup took', ['database']],
  kintsugi_backups: ['Stored backups by what is known of them: proven, unproven, bad', ['database', 'state']],
  kintsugi_verification_timestamp_seconds: ['When a backup was last restored and compared', ['database']],
  kintsugi_verification_failures: ['Failed verifications of the backups that are stored now', ['database']],
  kintsugi_recovery_predicted_seconds: ['How long a recovery would take, at most, by what was measured here', ['database']],
  kintsugi_recovery_timestamp_seconds: ['When the last recovery ended', ['procedure']],
  kintsugi_recovery_success: ['1 if the last recovery ended well, else 0', ['procedure']],
  kintsugi_recovery_rta_seconds: ['Recovery time achieved by the last recovery that ended well', ['procedure']],
  kintsugi_recovery_rpa_seconds: [
    'Recovery point achieved by the last recovery that ended well: how much was lost',
    ['procedure'],
  ],
  kintsugi_drill_timestamp_seconds: ['When the last drill began', []],
  kintsugi_drill_success: ['1 if the last drill passed, else 0', []],
  kintsugi_drill_rta_seconds: ['Recovery time achieved in the last drill that came so far', []],
  kintsugi_incidents_open: ['Incidents whose problem is not gone', ['severity']],
  kintsugi_schedule_state: ['1 for the state that a schedule of the plan is in: active, paused, missing', ['schedule', 'state']],
  kintsugi_schedule_next_timestamp_seconds: ['When a schedule runs next', ['schedule']],
  kintsugi_schedule_missed: ['Dates that passed without a run since the schedule was made', ['schedule']],
  kintsugi_channel_failures: ['Message channels that did not work at their last try', []],
  kintsugi_channels_tried_timestamp_seconds: ['When the message channels were last tried', []],
  kintsugi_worker_build: ['1; the build of this worker', ['build', 'version']],
} as const satisfies Record<string, readonly [help: string, labels: readonly string[]]>;

export type MetricName = keyof typeof definitions;
