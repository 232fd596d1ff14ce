/** Drills on the worker's disk, a file each in `<state>/drills`: they outlive Temporal's retention, as the evidence does. */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { flush } from '../catalog/durable.ts';
import { appendJsonLine } from '../catalog/json-lines.ts';
import { byText } from '../catalog/order.ts';
import { pathSegment } from '../evidence/line.ts';
import { shortRunId } from '../workflows/run-id.ts';
import { type Drill, type DrillLine, parseDrill } from './record.ts';

const ending = '.jsonl';

function folderOf(stateFolder: string): string {
  return path.join(stateFolder, 'drills');
}

function fileOf(stateFolder: string, { workflowId, runId }: { workflowId: string; runId: string }): string {
  return path.join(folderOf(stateFolder), `${pathSegment(workflowId)}-${pathSegment(shortRunId(runId))}${ending}`);
}

/**
 * Appends a line to a drill; when this returns it is on the disk. The beginning and the end are written once, whoever tries again;
 * sign-offs as often as people sign.
 */
export async function appendDrillLine(
  stateFolder: string,
  run: { readonly workflowId: string; readonly runId: string },
  line: DrillLine,
): Promise<void> {
  const folder = folderOf(stateFolder);
  await mkdir(folder, { recursive: true, mode: 0o750 });
  const known = await readDrill(stateFolder, run);
  if (line.type === 'begun' && known !== null) return;
  if (line.type === 'ended' && known !== null && known.ended !== null) return;
  await appendJsonLine(fileOf(stateFolder, run), line, 0o640);
  await flush(folder);
}

/** @returns the drill of a run; null if there is none on record. */
export async function readDrill(stateFolder: string, run: { workflowId: string; runId: string }): Promise<Drill | null> {
  return parseDrill(await readFile(fileOf(stateFolder, run), 'utf8').catch(() => ''));
}

/** @returns all drills on record, newest first. A file that can't be understood is passed over. */
export async function readDrills(stateFolder: string): Promise<Drill[]> {
  const folder = folderOf(stateFolder);
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(ending));
  const drills = await Promise.all(
    names.map(async (name) => parseDrill(await readFile(path.join(folder, name), 'utf8').catch(() => ''))),
  );
  return drills.filter((drill) => drill !== null).toSorted((a, b) => byText(b.begun.at, a.begun.at));
}
