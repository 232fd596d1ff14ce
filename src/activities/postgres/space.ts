/**
 * @param copyBytes size of the database in the server. @param walBytes what the server's transaction log may grow to.
 * @returns how many bytes a restore beside needs at most: the copy, and the log that it is written to, which grows to its limit before
 *   a checkpoint lets it go.
 */
export function neededForCopy(copyBytes: number, walBytes: number): number {
  return Math.ceil(copyBytes * 1.1) + Math.min(copyBytes, walBytes);
}
