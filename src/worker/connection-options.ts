import type { TLSConfig } from '@temporalio/client';
import type { Plan } from '../plan/schema.ts';

export interface TemporalAddress {
  readonly address: string;
  readonly namespace: string;
  readonly tls?: TLSConfig | boolean;
  readonly apiKey?: string;
  readonly metadata?: Record<string, string>;
}

/** Variables that only say where Temporal is. The plan says that already, and a stale one in a shell must not lead elsewhere. */
const addressOnly = new Set(['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE']);

/**
 * @returns how to reach the plan's Temporal: address and namespace from the plan; certificates, API key and headers from
 *   Temporal's own variables (`TEMPORAL_TLS_*`, `TEMPORAL_API_KEY`, `TEMPORAL_PROFILE`, …) or its configuration file, when one
 *   of those variables is set. So no secret needs to stand in the plan.
 */
export async function temporalAddress(
  temporal: Plan['temporal'],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<TemporalAddress> {
  const { address, namespace } = temporal;
  const isConfigured = Object.keys(environment).some((name) =>
    /^TEMPORAL_(TLS|API_KEY|PROFILE|CONFIG_FILE|GRPC_META)/.test(name),
  );
  if (!isConfigured) return { address, namespace };

  const { loadClientConnectConfig } = await import('@temporalio/envconfig');
  const variables = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !addressOnly.has(entry[0]),
  );
  const { tls, apiKey, metadata } = loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(variables) }).connectionOptions;
  return {
    address,
    namespace,
    ...(tls ? { tls } : {}),
    ...(typeof apiKey === 'string' ? { apiKey } : {}),
    ...(metadata ? { metadata: metadata as Record<string, string> } : {}),
  };
}

/** @returns host and port of `host:port` or `[ipv6]:port`; the port is 7233 where none is given. */
export function splitAddress(address: string): { host: string; port: number } {
  const match = /^(?:\[(?<six>[^\]]+)\]|(?<host>[^:]+))(?::(?<port>\d+))?$/.exec(address);
  const { six, host, port } = match?.groups ?? {};
  return { host: six ?? host ?? address, port: Number(port ?? 7233) };
}
