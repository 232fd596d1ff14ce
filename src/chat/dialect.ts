import { isAllowed } from './allowed.ts';

/**
 * @returns the text with commands as they are typed in chat, where chat may run them: `kintsugi approve --by NAME` is `/dr approve`,
 *   since who types it is known.
 */
export function inChat(text: string, command: string): string {
  const translated = text.replace(
    /\bkintsugi ([a-z]+(?:-[a-z]+)*)(?: ([a-z]+(?:-[a-z]+)*))?/g,
    (whole, first: string, second?: string) => {
      const known = isAllowed(first) || (second !== undefined && isAllowed(`${first} ${second}`));
      return known ? whole.replace('kintsugi', command) : whole;
    },
  );
  return translated
    .split('\n')
    .map((line) => (line.includes(`${command} `) ? line.replaceAll(/ --by \S+/g, '') : line))
    .join('\n');
}

/** Slack shows 4,000 characters well, Mattermost 16,000. */
const longest = 3_500;

/** @returns the text as a block of fixed width that nothing in it can end; cut where it is long. */
export function fenced(text: string, most = longest): string {
  const plain = text.trim().replaceAll('```', "'''");
  const shown = plain.length <= most ? plain : `${plain.slice(0, most - 80)}\n… cut; on the host kintsugi shows all of it`;
  return `\`\`\`\n${shown}\n\`\`\``;
}

/** @returns the text with Slack's three control characters escaped: none can mention anybody, or hide a link. */
export function escapeSlack(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
