import type { D1Migration } from '@cloudflare/vitest-plugin';
import type { Env as AegisEnv } from './env.ts';

declare global {
  namespace Cloudflare {
    interface GlobalProps {
      mainModule: typeof import('./index.ts');
    }
    interface Env extends AegisEnv {
      /** Only in tests. */
      TEST_MIGRATIONS: D1Migration[];
      PROOF: string;
    }
  }
}
