/**
 * @returns the option by which PostgreSQL's tools take a database. A bare name with an equals sign, or one that begins as an
 * address does, would be read as a connection string: this is one, with the name quoted.
 */
export function databaseOption(name: string): string {
  return `--dbname=dbname='${name.replace(/['\\]/g, '\\$&')}'`;
}
