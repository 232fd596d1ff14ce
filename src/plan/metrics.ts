import { z } from 'zod';

/** Where the worker tells Prometheus how things are. */
export const metrics = z
  .strictObject({
    listen: z
      .union([
        z.literal('off'),
        z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, 'host:port, such as 127.0.0.1:9464, or [::1]:9464'),
      ])
      .default('off')
      .describe(
        'host:port on which the worker answers GET /metrics: Temporal’s metrics and its own. No password is asked for there, so keep it on 127.0.0.1 or in a private network',
      ),
  })
  .prefault({});
