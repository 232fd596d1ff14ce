import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { appendJsonLine } from '../catalog/json-lines.ts';
import type { Channel } from './channel.ts';
import type { OutgoingMessage } from './contract.ts';
import type { ChannelParts } from './parts.ts';

/** @returns the file that messages are appended to, one JSON object a line. */
export function messagesFile(stateFolder: string): string {
  return path.join(stateFolder, 'messages.jsonl');
}

/** Appends messages to a file of the state folder, once each. */
export function createFile({ stateFolder }: ChannelParts): Channel {
  const file = messagesFile(stateFolder);
  const accepted = { providerId: null, outcome: 'accepted', why: `written to ${file}` } as const;
  return {
    async send(message) {
      await mkdir(stateFolder, { recursive: true, mode: 0o750 });
      await appendJsonLine(file, { at: new Date().toISOString(), ...message }, 0o640);
      return accepted;
    },

    async find(message) {
      const handle = await open(file, 'r').catch(() => null);
      if (handle === null) return null;
      for await (const line of handle.readLines()) if (keyOf(line) === message.key) return accepted;
      return null;
    },
  };
}

function keyOf(line: string): string | undefined {
  try {
    return (JSON.parse(line) as OutgoingMessage).key;
  } catch {
    return undefined;
  }
}
