import type { VNode } from 'preact';
import type { Report, ReportStep } from '../report.ts';
import { at, stepMarks, stepText, tookBetween } from '../say.ts';
import { Cells } from './cells.tsx';

/** Each step as a bar on the time of the run, with the objective's end where it was reached, and each step in words. */
export function Timeline({ report }: { report: Report }): VNode {
  const { steps, zone } = report;
  const drawn = steps.filter((step) => step.startedAt !== null);
  return (
    <section>
      <h2>Timeline</h2>
      {drawn.length === 0 ? null : <Chart report={report} steps={drawn} />}
      <table style={{ marginTop: '1rem' }}>
        <thead>
          <tr>
            <th>Step</th>
            <th>Began</th>
            <th>Ended</th>
            <th>Took</th>
            <th>What was found or done</th>
          </tr>
        </thead>
        <tbody>
          {steps.map((step) => (
            <tr key={`${step.name} ${step.startedAt}`}>
              <td>
                <span class={colour(step)}>{stepMarks[step.state]}</span> <b>{step.title}</b>
              </td>
              <Cells
                cells={[
                  ['Began', at(step.startedAt, zone), 'time'],
                  ['Ended', at(step.endedAt, zone), 'time'],
                  ['Took', tookBetween(step.startedAt, step.endedAt) ?? '', 'time'],
                  ['', stepText(step)],
                ]}
              />
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Chart({ report, steps }: { report: Report; steps: readonly ReportStep[] }): VNode {
  const start = Date.parse(report.startedAt ?? steps[0]?.startedAt ?? report.madeAt);
  const ends = steps.map((step) => Date.parse(step.endedAt ?? report.endedAt ?? report.madeAt));
  const whole = Math.max(1, ...ends.map((end) => end - start));
  const share = (ms: number): string => `${((Math.max(0, ms) / whole) * 100).toFixed(2)}%`;
  const rto = report.rto.promisedMs !== null && report.rto.promisedMs <= whole ? report.rto.promisedMs : null;
  return (
    <div class="chart" role="img" aria-label="Steps on the time of the run">
      {steps.map((step) => {
        const from = Date.parse(step.startedAt ?? '') - start;
        const until = Date.parse(step.endedAt ?? report.endedAt ?? report.madeAt) - start;
        return (
          <div class="row" key={`${step.name} ${step.startedAt}`}>
            <span class="name">{step.title}</span>
            <span class="track">
              <i class={`${step.state} ${step.kind}`} style={{ left: share(from), width: share(until - from) }} />
              {rto === null ? null : <b style={{ left: share(rto) }} />}
            </span>
            <span class="time">{tookBetween(step.startedAt, step.endedAt) ?? ''}</span>
          </div>
        );
      })}
      {rto === null ? null : <p class="soft">The dashed line is the end of the recovery time objective.</p>}
    </div>
  );
}

function colour({ state }: ReportStep): string {
  if (state === 'done') return 'good';
  return state === 'failed' || state === 'unknown' ? 'bad' : 'soft';
}
