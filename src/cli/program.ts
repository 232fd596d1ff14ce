import tab from '@bomb.sh/tab/commander';
import pc from 'picocolors';
import { packageVersion } from '../worker/package-root.ts';
import { examples } from './action.ts';
import { defineBackup } from './definitions/backup.ts';
import { defineChat } from './definitions/chat.ts';
import { defineCheck } from './definitions/check.ts';
import { defineDeploys } from './definitions/deploys.ts';
import { defineDiagnose } from './definitions/diagnose.ts';
import { defineDrill } from './definitions/drill.ts';
import { defineFollow } from './definitions/follow.ts';
import { defineIncident } from './definitions/incident.ts';
import { defineNotify } from './definitions/notify.ts';
import { defineOperate } from './definitions/operate.ts';
import { definePlan } from './definitions/plan.ts';
import { defineReady } from './definitions/ready.ts';
import { defineRecover } from './definitions/recover.ts';
import { defineReview } from './definitions/review.ts';
import { defineSchedules } from './definitions/schedules.ts';
import { defineWorker } from './definitions/worker.ts';
import { KintsugiCommand, refuseUnknown } from './usage.ts';

/** @returns the command line with all its commands. Nothing heavy is loaded until a command runs. */
export function createProgram(): KintsugiCommand {
  const program = new KintsugiCommand('kintsugi');
  program
    .description('Durable disaster recovery for PostgreSQL in Docker Compose')
    .version(packageVersion(), '--version', 'Show the version')
    .option('--plan <file>', 'The plan; default: $KINTSUGI_PLAN, else kintsugi.yaml here or in a folder above')
    .option('--json', 'Answer in JSON on standard output')
    .option('--no-color', 'Without colours')
    .option('--verbose', 'Show where an error happened')
    .helpOption('-h, --help', 'Show help')
    .helpCommand('help [command]', 'Show help for a command')
    .configureHelp({ styleTitle: (text) => pc.bold(text), showGlobalOptions: true })
    .showSuggestionAfterError(true)
    .exitOverride()
    .action(() => (program.args.length === 0 ? program.outputHelp() : refuseUnknown(program)))
    .addHelpText(
      'after',
      examples(
        ['kintsugi up', 'start Temporal and the worker on this machine'],
        ['kintsugi backup take', 'take a backup now'],
        ['kintsugi recover restore', 'bring the database back from the newest good backup'],
        ['kintsugi diagnose', 'say what is wrong and what to start'],
        ['kintsugi watch', 'see where the recovery is'],
        ['kintsugi ready', 'see whether a recovery would work now, what it would lose and how long it would take'],
      ),
    );

  program.commandsGroup('Recover:');
  defineRecover(program);
  defineDiagnose(program);
  program.commandsGroup('Follow and decide:');
  defineFollow(program);
  defineIncident(program);
  program.commandsGroup('Prepare:');
  defineReady(program);
  defineOperate(program);
  defineWorker(program);
  defineBackup(program);
  defineDrill(program);
  defineReview(program);
  defineSchedules(program);
  defineDeploys(program);
  defineCheck(program);
  definePlan(program);
  defineNotify(program);
  defineChat(program, createProgram);
  program.commandsGroup('Other:');
  tab(program, { completionCommandName: 'completion' });
  // Only now: commands take the setting over when they are made. The program's own action says what a mistyped command was to be.
  program.allowExcessArguments();
  return program;
}
