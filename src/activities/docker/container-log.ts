import type Docker from 'dockerode';
import { askEngine } from './engine.ts';
import { splitFrames } from './job.ts';

/**
 * Reads what a container logged since an instant, both streams in the order of their lines.
 *
 * @param onLine takes the instant (ISO 8601) and the line. @returns why the engine cannot read the log, or null when it was read.
 */
export async function readContainerLog(
  docker: Docker,
  id: string,
  since: Date,
  onLine: (at: string, line: string) => void,
): Promise<string | null> {
  const lines: { at: string; line: string }[] = [];
  const take = (text: string): void => {
    const space = text.indexOf(' ');
    lines.push({ at: text.slice(0, space), line: text.slice(space + 1) });
  };
  try {
    const options = { follow: false, stdout: true, stderr: true, timestamps: true, since: Math.floor(since.getTime() / 1000) };
    const raw = await askEngine(() => docker.getContainer(id).logs({ ...options, follow: false }));
    splitFrames(raw, take, take);
  } catch (error) {
    // Drivers that hand their lines on (syslog, none) cannot give them back.
    const said = String((error as { reason?: string }).reason ?? (error as Error).message);
    if (/logging driver|configured logging/i.test(said)) return said;
    throw error;
  }
  lines.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  for (const { at, line } of lines) onLine(at, line);
  return null;
}
