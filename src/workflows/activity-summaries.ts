/**
 * What the Temporal UI says beside each activity: one line for a person who does not know our names. Where the input tells more
 * (which backup, which services), it is in the line.
 */
import type { Activities } from '../activities/index.ts';
import { summaryLine } from '../text/summary.ts';

type Summary<N extends keyof Activities> = string | ((input: Parameters<Activities[N]>[0]) => string);

/** One without an entry is named by its own name, in words. */
const summaries: { readonly [N in keyof Activities]?: Summary<N> } = {
  readPlan: 'Reads the plan',
  describeLock: 'Who works on this stack now?',
  expectedTimes: 'How long did each step take before?',
  recordDecisions: 'Writes who decided what into the evidence',
  recordIncident: 'Writes the incident into the evidence',
  writeReport: 'Writes the report',
  writeIncidentReport: 'Writes the report of the incident',
  sendMessage: ({ message }) => `Sends to ${message.recipient.id} over ${message.channel}`,

  chooseBackup: ({ wanted }) =>
    wanted === null ? 'Chooses the newest good backup, and reads it whole' : `Reads ${wanted} whole`,
  openBackup: ({ facts }) => `Opens backup ${facts.id}`,
  closeBackup: 'Removes what was decrypted',
  clearLeftovers: 'Clears what terminated runs left',
  preflight: ({ database }) => `Would a restore of ${database} fit? Disk, versions, roles`,
  findDependents: 'Which services use the database?',
  stopServices: ({ services }) => `Stops ${services.summary}`,
  startServices: ({ services }) => `Starts ${services.summary}`,
  fence: ({ database }) => `Ends the sessions of ${database} and refuses new ones`,
  liftFence: ({ database }) => `Lets sessions into ${database} again`,
  dropLive: ({ database }) => `Drops the old ${database} first, as was asked`,
  restoreBeside: ({ database }) => `Restores beside ${database}; the live one stays as it is`,
  verifyRestored: 'Compares the copy with the backup',
  analyze: 'Gathers statistics for the planner',
  swap: ({ database }) => `Puts the copy in place of ${database}, in one transaction`,
  swapBack: ({ database }) => `Puts the kept database back in place of ${database}`,
  dropScratch: 'Drops the unfinished copy',
  dropReplaced: 'Drops the database that was replaced',
  findReplaced: 'Finds the database that was replaced',
  removeJobs: 'Removes job containers',
  checkHealth: 'Is the application healthy?',

  findDueTiers: 'Which backups are due?',
  openSnapshot: ({ database }) => `Opens a snapshot of ${database}`,
  closeSnapshot: 'Lets the snapshot go',
  dumpDatabase: ({ database }) => `Dumps ${database}`,
  dumpGlobals: 'Dumps roles and tablespaces',
  describeContent: ({ database }) => `Counts and describes everything in ${database}`,
  finishBackup: 'Checksums, manifest, rename: only now it is a backup',
  removePartial: 'Removes what an unfinished backup left',
  checkFiles: ({ path }) => `Reads ${path.split('/').at(-1)} whole`,
  surveyBackups: 'Which backups are there?',
  startScratchServer: 'Starts a server apart from production',
  removeScratchServers: 'Removes the server apart from production',
  recordVerification: 'Keeps the result with the backup',
  pruneBackups: 'Deletes the backups whose time is over',

  surveyStack: 'Looks at everything: containers, database, disks, logs',
  diagnoseStack: 'What is wrong, and what is to be done?',
  freeDisk: 'Frees disk, the most harmless first; never a volume',
  restartDocker: 'Brings the Docker daemon back',
  mendNetworks: 'Makes missing networks anew',
  startStack: 'Brings all services up, by dependency and health',
};

/** @returns one line that says what an activity does with its input. Never throws: a wrong line must not stop a recovery. */
export function summaryOf(activity: string, input: unknown): string {
  const summary = (summaries as Readonly<Record<string, Summary<never> | undefined>>)[activity];
  return summaryLine(textOf(summary, input, activity));
}

function textOf(summary: Summary<never> | undefined, input: unknown, activity: string): string {
  if (typeof summary === 'string') return summary;
  try {
    return summary?.(input as never) ?? inWords(activity);
  } catch {
    return inWords(activity);
  }
}

/** `startScratchServer` → `Start scratch server` */
function inWords(name: string): string {
  const spaced = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return `${spaced.charAt(0).toUpperCase()}${spaced.slice(1)}`;
}
