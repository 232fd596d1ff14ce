import { statfs } from 'node:fs/promises';
import type Docker from 'dockerode';

/** @returns the folder on the engine's host in which a database's container keeps its data; undefined where none is mounted. */
export async function dataFolderOf(docker: Docker, containerId: string): Promise<string | undefined> {
  const { Mounts: mounts } = await docker.getContainer(containerId).inspect();
  return mounts.find(({ Destination }) => Destination.startsWith('/var/lib/postgresql'))?.Source;
}

/** @returns the free bytes of the disk that a folder is on; null if it cannot be asked from here, as that of an engine elsewhere. */
export async function freeBytesAt(folder: string | undefined): Promise<number | null> {
  const disk = folder ? await statfs(folder).catch(() => null) : null;
  return disk === null ? null : disk.bavail * disk.bsize;
}
