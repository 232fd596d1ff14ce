import { hostname } from 'node:os';
import { appendDrillLine } from '../../drills/files.ts';
import type { Drill, DrillSignOff, verdicts } from '../../drills/record.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { appendEvidence } from '../../evidence/append.ts';
import { evidenceFile } from '../../evidence/line.ts';
import { denied } from '../../incident/permission.ts';
import { writeReportFiles } from '../../reports/files.ts';
import { shortRunId } from '../../workflows/run-id.ts';
import type { CliContext } from '../context.ts';
import { findDrill } from '../drills.ts';
import { ownedActionHint, parseOwnedAction } from '../owned-action.ts';
import { makeReport } from '../reports.ts';
import { whoAsks } from '../who.ts';

export interface DrillSignOffOptions {
  readonly by?: string;
  readonly verdict: (typeof verdicts)[number];
  readonly comment: string;
  readonly participant?: string[];
  readonly observation?: string[];
  readonly action?: string[];
}

const state = 'Nothing was recorded.';
const actionOption = '--action';
const actionHint = ownedActionHint(actionOption);

/** `kintsugi drill sign-off`: recorded with the drill and in its evidence; its report is written anew. */
export async function drillSignOff(context: CliContext, options: DrillSignOffOptions, id?: string): Promise<void> {
  const loaded = await context.loadPlan();
  const { plan, stateFolder } = loaded;
  const drill = await findDrill(stateFolder, id);
  const { begun } = drill;
  const by = whoAsks(options.by);
  const why = denied(plan, by, 'approve');
  if (why !== null) throw new KintsugiError('DENIED', why, { state });
  const signOff: DrillSignOff = {
    type: 'signedOff',
    at: new Date().toISOString(),
    by,
    verdict: options.verdict,
    comment: options.comment,
    participants: options.participant ?? [],
    observations: options.observation ?? [],
    actions: (options.action ?? []).map((text) => parseOwnedAction(text, actionOption, state)),
  };
  refuseUnfit(drill, signOff);
  await appendEvidence(evidenceFile(stateFolder, begun.workflowId, begun.runId), {
    activity: 'signOffDrill',
    activityId: `sign-off-${drill.signOffs.length + 1}`,
    attempt: 1,
    startedAt: signOff.at,
    endedAt: signOff.at,
    outcome: 'done',
    result: signOff,
    worker: `kintsugi-cli/${process.pid}@${hostname()}`,
  });
  await appendDrillLine(stateFolder, begun, signOff);
  const made = await makeReport(loaded, `${begun.workflowId}/${begun.runId}`);
  const report = 'kind' in made && made.kind === 'incident' ? null : await writeReportFiles(stateFolder, made);
  context.answer({ type: 'signedOff', workflowId: begun.workflowId, runId: begun.runId, signOff, report });
  context.say(
    `${context.screen.colors.green('✔')} ${begun.workflowId}/${shortRunId(begun.runId)} is signed off by ${by}: ${signOff.verdict}`,
  );
  if (report !== null) context.say(`  report   ${report}`);
}

function refuseUnfit({ begun, ended }: Drill, { verdict, actions }: DrillSignOff): void {
  const name = `${begun.workflowId}/${shortRunId(begun.runId)}`;
  if (ended === null)
    throw new KintsugiError('INVALID_INPUT', `${name} has not come to its end, so there is nothing to sign off.`, {
      state,
      hints: [`kintsugi watch ${begun.workflowId}`],
    });
  if (verdict === 'accepted-with-actions' && actions.length === 0)
    throw new KintsugiError('INVALID_INPUT', 'The verdict accepted-with-actions needs an action.', {
      state,
      hints: [actionHint],
    });
  if (verdict === 'accepted' && ended.outcome !== 'passed' && actions.length === 0)
    throw new KintsugiError(
      'INVALID_INPUT',
      `${name} ${ended.outcome === 'slow' ? 'was slow' : `ended as ${ended.outcome}`}: it is not accepted without an action.`,
      {
        state,
        hints: ['--verdict accepted-with-actions, or --verdict rejected', actionHint],
      },
    );
}
