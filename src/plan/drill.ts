import { z } from 'zod';
import { secretReference } from './secret-reference.ts';
import { severities } from './severities.ts';
import { duration, size } from './units.ts';
import { scratchServer } from './verification.ts';

const application = z
  .strictObject({
    service: z.string().min(1).describe('The Compose service whose image, command and environment are taken'),
    environment: z
      .record(z.string().min(1), z.union([z.string(), secretReference]))
      .default({})
      .describe(
        'On top of the service’s own environment. The scratch server has the name of the database’s service, its user and password, so the database’s address is right as it is; what else it needs (a cache, a queue) is not there',
      ),
    command: z.array(z.string()).min(1).optional().describe('What is run; the service’s own command if missing'),
    mounts: z
      .enum(['none', 'readOnly'])
      .default('none')
      .describe('Files of the host that the service mounts: none, or only to be read; never a volume, never a socket'),
    port: z.int().min(1).max(65535).describe('The port that it listens on, inside its network'),
    path: z
      .string()
      .regex(/^\/\S*$/, 'a path such as /api/health')
      .default('/')
      .describe('Path of its health address'),
    status: z.int().min(100).max(599).default(200).describe('The HTTP status of a healthy answer'),
    within: duration.default('2m').describe('How long it may take to answer so'),
    cpus: z.number().min(0.1).default(1).describe('Processors that it may use at most'),
    memory: size.default('1GB').describe('Memory that it may use at most'),
  })
  .describe('The application is started on the restored copy and asked for its health; nothing of it is started if missing');
export type DrillApplication = z.infer<typeof application>;

/** How drills are held. When: `schedules.drill` and `schedules.annualTest`. */
export const drill = z
  .strictObject({
    choose: z
      .enum(['rotate', 'newest'])
      .default('rotate')
      .describe(
        'rotate: the newest proven backup of the tier that was drilled longest ago; newest: the newest proven one of all',
      ),
    server: scratchServer.describe('The server that it is restored on, apart from production'),
    application: application.optional(),
    slowerThan: z
      .number()
      .min(1)
      .default(2)
      .describe('A drill that takes so many times as long as the usual of those before it is slow, and opens an incident'),
    severity: z.enum(severities).default('P2').describe('Severity of the incident that a failed drill opens'),
    annual: z
      .strictObject({
        olderThan: duration.default('30d').describe('The annual test also restores the newest backup that is at least so old'),
        contacts: z.boolean().default(false).describe('Every contact of the plan gets a test message'),
      })
      .prefault({}),
  })
  .prefault({});
