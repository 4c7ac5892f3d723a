import type { DeployOptions } from './deploy-options.ts';
import type { ConfigFiles, Names } from './deployment-config.ts';
import type { Wrangler } from './wrangler.ts';

export const AGAIN = 'Nothing before this step has to be undone: mend the cause and run the same command again.';

export interface Deployment {
  options: DeployOptions;
  wrangler: Wrangler;
  /** What is kept of a deployment: its configuration and, once, its secrets. */
  folder: string;
  /** Builds and checks both Workers with the configuration that will go out, and says their sizes. */
  build: (config: ConfigFiles) => Promise<string>;
  print: (text: string) => void;
  /** Between two looks whether the registry answers. */
  wait: (delayMs: number) => Promise<void>;
}

/** What the steps find out for those after them. */
export interface Found {
  names: Names;
  databaseId: string;
  origin: string;
  bookmark: string | null;
  setupToken: string | null;
}

export interface Step {
  title: string;
  /** What it runs, in order, as `--dry-run` prints it. */
  commands: (found: Found) => string[];
  /** Does it, and says what was there and what was made. */
  run: (found: Found) => Promise<string>;
  /** What is so when it failed, and how to go on or back. */
  undo: (found: Found) => string;
}
