import type { VNode } from 'preact';
import type { Report } from '../report.ts';
import { integrityText } from '../say.ts';

/** Where the evidence is, and whether it can be believed. */
export function EvidenceSection({ report }: { report: Report }): VNode {
  const { evidence, outcome } = report;
  const believed = evidence.faults.length === 0 && evidence.lines > 0;
  return (
    <section>
      <h2>Evidence</h2>
      <p class={believed ? 'good' : 'bad'}>{integrityText(evidence)}</p>
      <dl>
        <dt>File</dt>
        <dd>
          <code>{evidence.file}</code>
        </dd>
        <dt>Last line’s sha256</dt>
        <dd>
          <code>{evidence.head}</code>
        </dd>
        {outcome.hints.length === 0 ? null : (
          <>
            <dt>Next</dt>
            <dd>
              {outcome.hints.map((hint) => (
                <div key={hint}>
                  <code>{hint}</code>
                </div>
              ))}
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}
