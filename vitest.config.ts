import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/channels/**/*.test.ts', 'test/chat/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      { test: { name: 'replay', include: ['test/replay/**/*.test.ts'], testTimeout: 60_000 } },
      // Not a test: `npm run record-histories` writes what the replay tests replay.
      {
        test: {
          name: 'record',
          include: [
            'test/replay/record.ts',
            'test/replay/record-incidents.ts',
            'test/replay/record-drills.ts',
            'test/replay/record-procedures.ts',
          ],
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      // A Temporal server whose clock jumps over waiting; no Docker.
      {
        test: {
          name: 'time',
          include: ['test/time/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // The skipping server strands a run that cancels a timer in the instant in which it fires, and the test waits for ever
          // (temporalio/sdk-java#3088; the real server writes that it was cancelled). Whatever else fails is not tried again.
          retry: { count: 3, condition: /timed out/ },
        },
      },
      // `npm test -- --depth long`: every kill, every kind of damage, every way on. Minutes for each file.
      {
        test: {
          name: 'long',
          include: ['test/long/**/*.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // They wait for health checks and timers more than they work; more than two would starve each other on two cores.
          maxWorkers: 2,
        },
      },
    ],
  },
});
