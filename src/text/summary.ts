/** Temporal refuses a summary of more than 400 bytes, and with it the start or the step that it stands beside; its UI shows about half of that. */
const mostBytes = 200;

/** @returns the first line of a text, as much of it as may stand as a summary in the Temporal UI. */
export function summaryLine(text: string): string {
  const [line = ''] = text.split('\n');
  let bytes = 0;
  let kept = '';
  for (const character of line) {
    bytes += bytesOf(character.codePointAt(0) ?? 0);
    if (bytes > mostBytes) return `${kept}…`;
    kept += character;
  }
  return kept;
}

/** In UTF-8. */
function bytesOf(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x1_0000 ? 3 : 4;
}
