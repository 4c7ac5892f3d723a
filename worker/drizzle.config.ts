import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'sqlite',
  schema: [
    './worker/src/schema/people.ts',
    './worker/src/schema/keys.ts',
    './worker/src/schema/skills.ts',
    './worker/src/schema/clusters.ts',
    './worker/src/schema/audit.ts',
    './worker/src/schema/dry-runs.ts',
  ],
  out: './migrations',
});
