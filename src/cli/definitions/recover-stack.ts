import { action, examples } from '../action.ts';
import type { CascadeOptions } from '../commands/recover-cascade.ts';
import type { ServiceOptions } from '../commands/recover-service.ts';
import type { KintsugiCommand } from '../usage.ts';

/** Adds `recover cascade` and `recover service`. @param recovery makes a command with the options that all recoveries have. */
export function defineStackRecoveries(recovery: (name: 'cascade' | 'service', description: string) => KintsugiCommand): void {
  recovery(
    'cascade',
    'Bring the whole stack back: disk space, Docker, networks, then each service when what it needs is healthy. Never a volume goes',
  )
    .option('--one-by-one', 'Start one container after the other; default: only when one had no memory left')
    .addHelpText(
      'after',
      examples(
        ['kintsugi recover cascade', 'shows what is down and what will happen, asks, brings it back'],
        ['kintsugi recover cascade --dry-run', 'only shows it'],
      ),
    )
    .action(
      action<CascadeOptions>(async (context, options) =>
        (await import('../commands/recover-cascade.ts')).recoverCascade(context, options),
      ),
    );

  recovery('service', 'Restart a service that died, tell why it did, and start what depends on it if that is not well either')
    .option('--service <name>', 'The service, as Compose names it; default: those that are not well')
    .option('--anyway', 'Also if it restarts again and again by itself')
    .addHelpText(
      'after',
      examples(
        ['kintsugi recover service', 'whatever is not well'],
        ['kintsugi recover service --service backend', 'a certain one'],
      ),
    )
    .action(
      action<ServiceOptions>(async (context, options) =>
        (await import('../commands/recover-service.ts')).recoverService(context, options),
      ),
    );
}
