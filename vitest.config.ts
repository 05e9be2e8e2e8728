import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (file: string) => fileURLToPath(new URL(`src/${file}`, import.meta.url));

/** Tests and examples speak of the package by its name and mean the sources. */
const alias = [
  { find: /^proctor$/, replacement: source('index.ts') },
  { find: /^proctor\/testing$/, replacement: source('testing/index.ts') },
];

export default defineConfig({
  test: {
    reporters: ['default', './tests/closing-line.ts'],
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'examples/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'blackbox',
          include: ['tests/**/*.test.ts'],
          globalSetup: 'tests/build.ts',
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
