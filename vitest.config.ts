import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'scenarios/**/*.test.ts', 'tools/**/*.test.ts'],
    environment: 'node',
    testTimeout: 240_000,
    reporters: ['default'],
  },
});
