/**
 * Splits SQL as PostgreSQL's own tools write it, without bodies of functions, at semicolons that are in no literal and no quoted
 * name. @returns the statements; comments are left out.
 */
export function splitStatements(sql: string): string[] {
  const withoutComments = sql.replace(/('(?:[^']|'')*'|"(?:[^"]|"")*")|^--.*$/gm, (_all, quoted?: string) => quoted ?? '');
  return [...withoutComments.matchAll(/(?:'(?:[^']|'')*'|"(?:[^"]|"")*"|[^;'"])+;/g)].map(([statement]) => statement.trim());
}
