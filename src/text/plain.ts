/** @returns Markdown as plain text: what a workflow says for the Temporal UI, on a terminal. */
export function plainText(markdown: string): string {
  return markdown.replaceAll(/\*\*(.+?)\*\*/g, '$1').replaceAll(/`([^`]+)`/g, '$1');
}
