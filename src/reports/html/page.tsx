import type { ComponentChildren, VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { Report } from '../report.ts';
import { day, madeFromText, outcomeNames, titleOf } from '../say.ts';
import { EvidenceSection } from './evidence.tsx';
import { Decisions, Problems, Services, Validation } from './sections.tsx';
import { style } from './style.ts';
import { Tiles } from './tiles.tsx';
import { Timeline } from './timeline.tsx';
import { tone } from './tone.ts';

/**
 * @returns the report as one HTML page without any script, picture or address of the network. Every text is escaped by Preact;
 *   the page's own policy forbids scripts besides.
 */
export function renderHtml(report: Report): string {
  return `<!doctype html>\n${renderToString(<Page report={report} />)}\n`;
}

function Page({ report }: { report: Report }): VNode {
  const { outcome, zone, startedAt, request } = report;
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${titleOf(report)}: ${outcomeNames[outcome.state]}`}</title>
        {/* A constant of this program; escaped, its quotes would be none any more. */}
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body>
        <main>
          <header>
            <h1>
              {titleOf(report)} <span class={`badge ${tone(outcome.state)}`}>{outcomeNames[outcome.state]}</span>
            </h1>
            <p class="lead">{outcome.sentence}</p>
            <p class="soft">
              <Facts>
                {report.stack === null ? null : `stack ${report.stack}`}
                {report.severity}
                {startedAt === null ? null : `began ${day(startedAt, zone)}`}
                {request.by === null ? null : `asked for by ${request.by}`}
                {request.reason === null ? null : `“${request.reason}”`}
              </Facts>
            </p>
          </header>
          <Tiles report={report} />
          <Timeline report={report} />
          <Decisions report={report} />
          <Validation report={report} />
          <Services report={report} />
          <Problems report={report} />
          <EvidenceSection report={report} />
          <p class="soft">
            {madeFromText(report.madeFrom)} {`${report.workflowId} / ${report.runId}`}. Written by Kintsugi on{' '}
            {day(report.madeAt, zone)}. Times are in {zone}.
          </p>
        </main>
      </body>
    </html>
  );
}

function Facts({ children }: { children: ComponentChildren[] }): VNode {
  return <>{children.filter((child) => child !== null).join(' · ')}</>;
}
