import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Document, LineCounter, parseDocument } from 'yaml';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import { contradictions } from './contradictions.ts';
import { explain } from './explain.ts';
import { describeFaults, type Fault, faultOfFile, faultsOf, syntaxFaults } from './faults.ts';
import { type Plan, planSchema } from './schema.ts';
import { readStandIn, type StandIn } from './stand-in.ts';

export interface LoadedPlan {
  readonly plan: Plan;
  /** Absolute path of the file. */
  readonly path: string;
  readonly folder: string;
  readonly sha256: string;
  readonly stateFolder: string;
  readonly backupsFolder: string;
  /** The Temporal that stands in for the plan's; `plan.temporal` says its address then. Null when none does. */
  readonly standIn: StandIn | null;
}

/**
 * Reads and checks a plan file.
 *
 * @throws KintsugiError PLAN_MISSING, or PLAN_INVALID that names every fault with its line and how to mend it.
 */
export async function loadPlan(file: string): Promise<LoadedPlan> {
  const absolute = path.resolve(file);
  const bytes = await readFile(absolute).catch((error: NodeJS.ErrnoException) => {
    throw new KintsugiError('PLAN_MISSING', `The plan ${absolute} cannot be read (${error.code}).`, {
      hints: ['kintsugi plan init', 'kintsugi --plan FILE …'],
    });
  });
  const plan = parsePlan(absolute, bytes);
  const folder = path.dirname(absolute);
  const stateFolder = path.resolve(folder, plan.state);
  const standIn = await readStandIn(stateFolder);
  const temporal = standIn === null ? plan.temporal : { ...plan.temporal, address: standIn.address, ui: standIn.ui };
  return {
    plan: { ...plan, temporal },
    path: absolute,
    folder,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    stateFolder,
    standIn,
    backupsFolder: path.resolve(folder, plan.backups.folder),
  };
}

/** Far more than any plan, and little enough to be read at once. */
const largest = 1024 * 1024;

function parsePlan(file: string, bytes: Buffer): Plan {
  if (bytes.length > largest)
    throw invalid(file, [faultOfFile(`${bytes.length} bytes are too much for a plan`, 'is it the right file?')]);
  const lines = new LineCounter();
  const document = parseDocument(decode(file, bytes), { lineCounter: lines, prettyErrors: false });
  const broken = syntaxFaults(document, lines);
  if (broken.length > 0) throw invalid(file, broken);
  if (document.contents === null) throw invalid(file, [faultOfFile('the file holds no plan', 'kintsugi plan init writes one')]);
  const parsed = planSchema.safeParse(plainValue(file, document), { reportInput: true });
  if (!parsed.success) throw invalid(file, faultsOf(parsed.error.issues.flatMap(explain), document, lines));
  const contradicting = contradictions(parsed.data);
  if (contradicting.length > 0) throw invalid(file, faultsOf(contradicting, document, lines));
  return parsed.data;
}

function decode(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid(file, [faultOfFile('is no text in UTF-8', 'is it the right file?')]);
  }
}

/** Aliases are only followed so far: a few lines of them could fill the memory. */
function plainValue(file: string, parsed: Document): unknown {
  try {
    return parsed.toJS();
  } catch (error) {
    throw invalid(file, [faultOfFile((error as Error).message, 'write the values out')]);
  }
}

function invalid(file: string, faults: readonly Fault[]): KintsugiError {
  return new KintsugiError('PLAN_INVALID', describeFaults(file, faults), {
    state: 'Nothing was stopped or changed.',
    hints: ['mend the lines above, then: kintsugi plan check'],
  });
}

/**
 * @returns the path of the plan: the one given, else `$KINTSUGI_PLAN`, else `kintsugi.yaml` in the folder or one above it.
 * @throws KintsugiError PLAN_MISSING
 */
export async function discoverPlan(folder: string, given?: string): Promise<string> {
  const named = given ?? process.env.KINTSUGI_PLAN;
  if (named !== undefined && named !== '') return path.resolve(folder, named);
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const candidate = path.join(at, 'kintsugi.yaml');
    const there = await access(candidate).then(
      () => true,
      () => false,
    );
    if (there) return candidate;
    if (at === path.dirname(at)) break;
  }
  throw new KintsugiError('PLAN_MISSING', `There is no kintsugi.yaml in ${path.resolve(folder)} or above it.`, {
    hints: ['kintsugi plan init', 'kintsugi --plan FILE …'],
  });
}
