import type { SecretReference } from '../plan/secret-reference.ts';

/** What every channel is made with. */
export interface ChannelParts {
  /** Reads a secret. @throws KintsugiError SECRET_MISSING */
  readonly secret: (reference: SecretReference) => Promise<string>;
  /** Relative paths of the plan start here. */
  readonly planFolder: string;
  /** Folder for evidence, reports and state. */
  readonly stateFolder: string;
  /** How long a provider may take to answer. */
  readonly timeoutMs: number;
}
