import { Option } from 'commander';
import { severities } from '../../plan/severities.ts';
import { action, examples } from '../action.ts';
import type { IncidentDeedOptions, IncidentOpenOptions } from '../commands/incident.ts';
import type { KintsugiCommand } from '../usage.ts';

const id = 'Id of the incident; default: the one that is open';

/** Adds `incident …`. */
export function defineIncident(program: KintsugiCommand): void {
  const incident = program.command('incident').description('Incidents: call people, acknowledge, keep informed, resolve');

  incident
    .command('open')
    .description('Open an incident: the people of its severity are called at once')
    .requiredOption('--problem <text>', 'What is wrong, one line')
    .option('--impact <text>', 'Estimated impact, for people')
    .addOption(new Option('--severity <level>', 'How bad it is').choices(severities).default('P1'))
    .option('--by <name>', 'Your name; default: $USER')
    .addHelpText('after', examples(['kintsugi incident open --problem "nobody can clock in" --severity P1', 'call for help']))
    .action(
      action<IncidentOpenOptions>(async (context, options) =>
        (await import('../commands/incident.ts')).incidentOpen(context, options),
      ),
    );

  incident
    .command('list')
    .description('The open incidents')
    .addHelpText('after', examples(['kintsugi incident list', 'severity, problem, who has it']))
    .action(action(async (context) => (await import('../commands/incident.ts')).incidentList(context)));

  incident
    .command('show')
    .description('One incident: who has it, what was said to whom, what comes next')
    .argument('[id]', id)
    .addHelpText('after', examples(['kintsugi incident show', 'the open one']))
    .action(action(async (context, _options, name) => (await import('../commands/incident.ts')).incidentShow(context, name)));

  const deed = (name: string, description: string, example: readonly [string, string]) =>
    incident
      .command(name)
      .description(description)
      .argument('[id]', id)
      .option('--by <name>', 'Your name; default: $USER')
      .addHelpText('after', examples(example))
      .action(
        action<IncidentDeedOptions>(async (context, options, which) =>
          (await import('../commands/incident.ts')).incidentDeed(context, name, options, which),
        ),
      );

  deed('ack', 'Acknowledge: you have it; the calls end', ['kintsugi incident ack --by Sato', 'I have it']).option(
    '--reason <text>',
    'Why, or what you will do',
    'acknowledged',
  );
  deed('handover', 'Give it to somebody else, who is called', [
    'kintsugi incident handover --to tanaka --reason "end of my shift"',
    '',
  ])
    .requiredOption('--to <person>', 'Name under people of the plan')
    .requiredOption('--reason <text>', 'Why');
  deed('snooze', 'No calls for a while; then it calls again', [
    'kintsugi incident snooze --for 2h --reason "waits for the disk"',
    '',
  ])
    .requiredOption('--for <duration>', 'How long, at most 24h')
    .requiredOption('--reason <text>', 'Why');
  deed('severity', 'Raise or lower the severity', ['kintsugi incident severity --to P1 --reason "all factories"', ''])
    .addOption(new Option('--to <level>', 'The new one').choices(severities).makeOptionMandatory())
    .requiredOption('--reason <text>', 'Why');
  deed('update', 'A status update, to everybody', [
    'kintsugi incident update --text "copy verified, starting services"',
    '',
  ]).requiredOption('--text <text>', 'What is known and done');
  deed('mitigate', 'Users are served again; the cause is still there', [
    'kintsugi incident mitigate --reason "read-only replica"',
    '',
  ]).requiredOption('--reason <text>', 'How');
  deed('resolve', 'The problem is gone; it is announced in a moment', [
    'kintsugi incident resolve --reason "restored"',
    '',
  ]).requiredOption('--reason <text>', 'How');
  deed('close', 'End it, whatever it waits for', ['kintsugi incident close --reason "a false alarm"', '']).requiredOption(
    '--reason <text>',
    'Why',
  );
  deed('explain', 'Root cause and prevention plan, for the post-incident report', [
    'kintsugi incident explain --cause "a test ran on production" --prevent "tests get a user of their own|Tanaka|2026-12-15"',
    '',
  ])
    .requiredOption('--cause <text>', 'Root cause')
    .requiredOption('--prevent <what|who|until...>', 'What keeps it from happening again, who does it, until which day');
  deed('adopt-plan', 'Follow the plan as it is now; until then it follows the one of its start', [
    'kintsugi incident adopt-plan --reason "new telephone numbers"',
    '',
  ]).requiredOption('--reason <text>', 'Why');
}
