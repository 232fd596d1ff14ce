import bytes from 'bytes';
import type { VNode } from 'preact';
import { words } from '../../text/time.ts';
import type { Objective, Report } from '../report.ts';
import { day, took } from '../say.ts';

/** What a manager reads: what was promised, what was achieved, from what it was restored, and what is kept. */
export function Tiles({ report }: { report: Report }): VNode | null {
  const { rto, rpo, source, replaced, zone, freshBackup } = report;
  if (rto.promisedMs === null && source === null) return null;
  return (
    <section class="tiles" aria-label="Summary">
      {rto.promisedMs === null ? null : <ObjectiveTile name="Time to recover (RTA of RTO)" objective={rto} />}
      {rpo.promisedMs === null && source === null ? null : <ObjectiveTile name="Data lost (RPA of RPO)" objective={rpo} />}
      {source === null ? null : (
        <div class="tile">
          <h3>Restored from</h3>
          <strong class="name">{source.id}</strong>
          <p class="soft">
            {[
              source.takenAt === null ? 'its instant is not known' : `of ${day(source.takenAt, zone)}`,
              source.bytes === null ? '' : (bytes(source.bytes, { unitSeparator: ' ' }) ?? ''),
              source.kind ?? '',
              source.checkedBy.length === 0 ? '' : `checked by ${source.checkedBy.join(', ')}`,
            ]
              .filter((part) => part !== '')
              .join(' · ')}
          </p>
        </div>
      )}
      {replaced === null ? null : (
        <div class="tile">
          <h3>What it replaced is kept</h3>
          <strong class="name">{replaced.name}</strong>
          <p class="soft">
            until {day(replaced.until, zone)}
            {freshBackup === null ? '' : ` · fresh backup ${freshBackup}`}
          </p>
        </div>
      )}
    </section>
  );
}

function ObjectiveTile({ name, objective }: { name: string; objective: Objective }): VNode {
  const { promisedMs, achievedMs, kept, why } = objective;
  const part = promisedMs === null || achievedMs === null ? null : Math.min(100, (achievedMs / promisedMs) * 100);
  return (
    <div class="tile">
      <h3>{name}</h3>
      <strong>{achievedMs === null ? '–' : took(achievedMs)}</strong>
      {part === null ? null : (
        <div class={kept ? 'gauge' : 'gauge over'}>
          <i style={{ width: `${part.toFixed(1)}%` }} />
        </div>
      )}
      <p class="soft">
        {why ?? ''}
        {promisedMs === null ? '' : `${why === null ? '' : '; '}${words(promisedMs)} promised`}
        {kept === null ? null : <span class={kept ? 'good' : 'bad'}>{kept ? ' · kept' : ' · missed'}</span>}
      </p>
    </div>
  );
}
