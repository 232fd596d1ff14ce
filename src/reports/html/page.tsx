import type { ComponentChildren, VNode } from 'preact';
import type { Report } from '../report.ts';
import { day, madeFromText, outcomeNames, titleOf } from '../say.ts';
import { EvidenceSection } from './evidence.tsx';
import { Decisions, Findings, Problems, Services, Validation } from './sections.tsx';
import { renderPage } from './shell.tsx';
import { Tiles } from './tiles.tsx';
import { Timeline } from './timeline.tsx';
import { tone } from './tone.ts';

/** @returns the report as one HTML page. */
export function renderHtml(report: Report): string {
  return renderPage(`${titleOf(report)}: ${outcomeNames[report.outcome.state]}`, <Page report={report} />);
}

function Page({ report }: { report: Report }): VNode {
  const { outcome, zone, startedAt, request } = report;
  return (
    <>
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
      <Findings report={report} />
      <Services report={report} />
      <Problems report={report} />
      <EvidenceSection report={report} />
      <p class="soft">
        {madeFromText(report.madeFrom)} {`${report.workflowId} / ${report.runId}`}. Written by Kintsugi on{' '}
        {day(report.madeAt, zone)}. Times are in {zone}.
      </p>
    </>
  );
}

function Facts({ children }: { children: ComponentChildren[] }): VNode {
  return <>{children.filter((child) => child !== null).join(' · ')}</>;
}
