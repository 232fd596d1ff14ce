import { fileURLToPath } from 'node:url';

/** Folder of the recorded histories, one JSON file each, as Temporal's own tools write them. */
export const historyFolder = fileURLToPath(new URL('histories', import.meta.url));
