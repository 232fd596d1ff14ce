import type Docker from 'dockerode';
import type { Plan } from '../plan/schema.ts';
import type { SecretReference } from '../plan/secret-reference.ts';

/** One run of a workflow. */
export interface RunReference {
  readonly workflowId: string;
  readonly runId: string;
}

/** What every activity is made with, once, at the start of the worker: its clients and folders. Tests pass their own. */
export interface WorkerContext {
  readonly docker: Docker;
  /** Absolute path of the plan file that this worker serves. */
  readonly planPath: string;
  /** Absolute path of the plan's folder: relative paths of the plan start here. */
  readonly planFolder: string;
  /** Absolute path of the folder for evidence, reports and state. */
  readonly stateFolder: string;
  /** The runs that this process is at a step of, whatever Temporal says of them. */
  readonly atWork: () => readonly RunReference[];
  /** @returns a copy without any secret that was ever handed out. */
  readonly withoutSecrets: <T>(value: T) => T;
  /** Reads a secret. @throws KintsugiError SECRET_MISSING naming the reference, never the value. */
  readonly secret: (reference: SecretReference) => Promise<string>;
  /** @returns a copy of a JSON-like value without any secret that was read so far: what other programs logged goes through it. */
  readonly redact: <T>(value: T) => T;
}

/** A server of its own, apart from production, on which a stored backup is proven to restore: see scratch-server/start.ts. */
export interface ScratchServer {
  /** Name of its container, and of its network and volume. */
  readonly container: string;
}

/** Which server is meant: the scratch server, or without one the plan's own. */
export interface OnServer {
  readonly plan: Plan;
  readonly target?: ScratchServer | undefined;
}

/** The part of a procedure's input that every activity gets: the plan as it was when the procedure began, and who it works for. */
export interface StepInput extends OnServer {
  /** The database of this run: the plan's, or the one that the input named. */
  readonly database: string;
  readonly workflowId: string;
  readonly runId: string;
}
