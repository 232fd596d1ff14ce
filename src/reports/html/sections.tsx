import type { VNode } from 'preact';
import type { Report } from '../report.ts';
import { at, successText } from '../say.ts';
import { Cells } from './cells.tsx';

/** Who decided, and why. */
export function Decisions({ report }: { report: Report }): VNode | null {
  const { approvals, denied, interventions, request, zone } = report;
  if (approvals.length + denied.length + interventions.length === 0) return null;
  return (
    <section>
      <h2>Decisions</h2>
      {request.text === null ? null : <p class="soft">Asked: {request.text}</p>}
      <table>
        <thead>
          <tr>
            <th>When</th>
            <th>Decision</th>
            <th>By</th>
            <th>Why</th>
          </tr>
        </thead>
        <tbody>
          {approvals.map((answer) => (
            <tr key={`${answer.at} ${answer.by}`}>
              <Cells
                cells={[
                  ['When', at(answer.at, zone), 'time'],
                  ['Decision', answer.approved ? 'approved' : 'refused'],
                  ['By', answer.by],
                  ['Why', answer.reason],
                ]}
              />
            </tr>
          ))}
          {denied.map((attempt) => (
            <tr key={`denied ${attempt.at} ${attempt.by}`}>
              <Cells
                cells={[
                  ['When', at(attempt.at, zone), 'time'],
                  ['Decision', `denied: ${attempt.what}`],
                  ['By', attempt.by],
                  ['Why', attempt.why],
                ]}
              />
            </tr>
          ))}
          {interventions.map(({ what, at: when, by, reason }) => (
            <tr key={`${what} ${when}`}>
              <Cells
                cells={[
                  ['When', at(when, zone), 'time'],
                  ['Decision', what],
                  ['By', by],
                  ['Why', reason ?? ''],
                ]}
              />
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** What was verified, with what was expected and found. */
export function Validation({ report }: { report: Report }): VNode | null {
  if (report.validation.length === 0) return null;
  const tone = { yes: 'good', no: 'bad', 'not done': 'doubt' } as const;
  return (
    <section>
      <h2>What was verified</h2>
      <table>
        <thead>
          <tr>
            <th>Procedure</th>
            <th>Expected</th>
            <th>Actual</th>
            <th>Successful</th>
            <th>By</th>
          </tr>
        </thead>
        <tbody>
          {report.validation.map((row) => {
            const success = successText(row) as keyof typeof tone;
            return (
              <tr key={row.procedure}>
                <td>
                  <b>{row.procedure}</b>
                </td>
                <Cells
                  cells={[
                    ['Expected', row.expected],
                    ['Actual', row.actual],
                    ['Successful', success, tone[success]],
                    ['By', row.by],
                  ]}
                />
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

/** What the procedure found, each with its rows. */
export function Findings({ report }: { report: Report }): VNode | null {
  if (report.findings.length === 0) return null;
  return (
    <>
      {report.findings.map(({ title, text, columns = [], rows = [] }) => (
        <section key={title}>
          <h2>{title}</h2>
          {text === undefined ? null : <p>{text}</p>}
          {rows.length === 0 ? null : (
            <table>
              <thead>
                <tr>
                  {columns.map((name) => (
                    <th key={name}>{name}</th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <tr key={row.join('\u0000')}>
                    <Cells cells={row.map((cell, at) => [columns[at] ?? '', cell])} />
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </section>
      ))}
    </>
  );
}

/** What was stopped and started, and which programs and statements ran. */
export function Services({ report }: { report: Report }): VNode | null {
  const { services, commands, zone } = report;
  if (services.stopped === null && commands.length === 0) return null;
  return (
    <section>
      <h2>Services and commands</h2>
      <dl>
        <dt>Stopped</dt>
        <dd>{services.stopped ?? 'nothing'}</dd>
        <dt>Started again</dt>
        <dd>{services.started ?? 'nothing'}</dd>
        <dt>Left running</dt>
        <dd>{services.kept.join(' ') || 'nothing'}</dd>
      </dl>
      {commands.map(({ at: when, activity, command }) => (
        <div key={`${when} ${command}`}>
          <p class="soft">
            {activity}, {at(when, zone)}
          </p>
          <pre>{command}</pre>
        </div>
      ))}
    </section>
  );
}

/** Attempts that failed, and attempts of which nobody wrote down the end. */
export function Problems({ report }: { report: Report }): VNode | null {
  const { problems, gaps, zone } = report;
  if (problems.length === 0 && gaps.length === 0) return null;
  return (
    <section>
      <h2>Errors, retries and gaps</h2>
      <table>
        <thead>
          <tr>
            <th>When</th>
            <th>Step</th>
            <th>Attempt</th>
            <th>What happened</th>
          </tr>
        </thead>
        <tbody>
          {problems.map((problem) => (
            <tr key={`${problem.activity} ${problem.attempt} ${problem.at}`}>
              <Cells
                cells={[
                  ['When', at(problem.at, zone), 'time'],
                  ['Step', problem.activity],
                  ['Attempt', String(problem.attempt)],
                  ['', `${problem.code}: ${problem.message}`],
                ]}
              />
            </tr>
          ))}
          {gaps.map((gap) => (
            <tr key={`gap ${gap.activity} ${gap.attempt}`}>
              <Cells
                cells={[
                  ['When', ''],
                  ['Step', gap.activity],
                  ['Attempt', String(gap.attempt)],
                  ['', `No evidence of its end: ${gap.why}`],
                ]}
              />
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
