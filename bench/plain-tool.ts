import { execa } from 'execa';
import type { TestStack } from '../test/integration/harness/stack.ts';

/**
 * Runs one of PostgreSQL's own tools in a container beside the server, as Kintsugi runs it too.
 *
 * @param command the tool and its arguments, without those of the connection. @param volume `folder:folder[:ro]` for the container.
 */
export async function runTool(stack: TestStack, [tool = '', ...rest]: readonly string[], volume: string): Promise<void> {
  const image = await inspect(stack.database, '{{.Config.Image}}');
  const network = await inspect(stack.database, '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{end}}');
  const environment = await inspect(stack.database, '{{range .Config.Env}}{{println .}}{{end}}');
  const password = /^POSTGRES_PASSWORD=(.*)$/m.exec(environment)?.[1];
  const container = ['run', '--rm', '--init', `--network=${network}`, `--label=kintsugi.stack=${stack.project}`];
  const command = [tool, `--host=${stack.database}`, '--username=uns_admin', ...rest];
  await execa('docker', [...container, `--volume=${volume}`, '--env=PGPASSWORD', '--entrypoint=', image, ...command], {
    env: { PGPASSWORD: password },
  });
}

async function inspect(container: string, format: string): Promise<string> {
  return (await execa('docker', ['inspect', '--format', format, container])).stdout;
}
