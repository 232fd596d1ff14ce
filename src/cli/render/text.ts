/** Text on a terminal: its width in columns, and a spelling for terminals that know only ASCII. Pure. */

const ascii: Readonly<Record<string, string>> = {
  '✔': '+',
  '✖': 'x',
  '▸': '>',
  '▫': ' ',
  '↩': '<',
  '–': '-',
  '—': '-',
  '·': '|',
  '×': 'x',
  '…': '...',
  '“': '"',
  '”': '"',
  '’': "'",
  '→': '->',
};

/** @returns the text with our own marks in ASCII. Names of people and objects stay as they are. */
export function toAscii(text: string): string {
  return text.replace(/[✔✖▸▫↩–—·×…“”’→]/gu, (mark) => ascii[mark] ?? mark);
}

/** East Asian characters and emoji take two columns. */
const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}]/u;

/** @returns how many columns a text without colours takes. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += wide.test(character) ? 2 : 1;
  return columns;
}

/** @returns the text filled up with spaces to `columns`. */
export function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}

/** @returns the text, cut with `…` where it would take more than `columns`. */
export function cut(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let kept = '';
  for (const character of text) {
    if (columnsOf(kept + character) > columns - 1) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

/** @returns the text in lines of at most `columns`, broken at spaces. */
export function wrap(text: string, columns: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && columnsOf(line) + 1 + columnsOf(word) > columns) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    return [...lines, line];
  });
}

/** @returns rows of two columns, the first as wide as its widest cell. */
export function table(rows: readonly (readonly [name: string, text: string])[], indent = '  '): string[] {
  const width = Math.max(0, ...rows.map(([name]) => columnsOf(name)));
  return rows.map(([name, text]) => `${indent}${pad(name, width)}   ${text}`.trimEnd());
}
