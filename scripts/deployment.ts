import { join } from 'node:path';
import { AegisError } from '@aegis/skill-sdk/errors';
import { namesOf, writeConfigs } from './deployment-config.ts';
import type { Deployment, Found } from './deployment-step.ts';
import { stepsOf } from './deployment-steps.ts';
import { step } from './progress.ts';

const UNKNOWN_ID = '00000000-0000-0000-0000-000000000000';

/**
 * Puts the product on Cloudflare, or prints how. Every step looks before it makes, so that all of it may be repeated.
 * Throws USAGE with the step that failed, what wrangler said, and what to do.
 */
export async function deploy(deployment: Deployment): Promise<void> {
  const { options, print } = deployment;
  const names = namesOf(options.name);
  const origin = options.origin ?? `https://${names.pages}.pages.dev`;
  const found: Found = { names, databaseId: UNKNOWN_ID, origin, bookmark: null, setupToken: null };
  if (options.dryRun) return await dryRun(deployment, found);
  for (const { title, run, undo } of stepsOf(deployment)) {
    try {
      await step(
        title,
        () => run(found),
        (result) => `${title}: ${result}`,
      );
    } catch (error) {
      if (!(error instanceof AegisError)) throw error;
      throw new AegisError('USAGE', {
        detail: `${title}: ${error.detail ?? error.title}\n\n${undo(found)}`,
        cause: error,
      });
    }
  }
  print(`\nAegis is at ${found.origin}\n`);
  if (found.setupToken !== null) {
    print(
      `\n  Make the first platform admin (this link works once, and for nobody after that):\n    ${found.origin}/setup?token=${found.setupToken}\n`,
    );
  }
}

async function dryRun(deployment: Deployment, found: Found): Promise<void> {
  const { print, build, folder } = deployment;
  print('Nothing is changed, and nothing is asked of Cloudflare.\n\n');
  const config = writeConfigs(join(folder, 'dry-run'), found.names, found);
  await step(
    'Build',
    () => build(config),
    (sizes) => `Build: ${sizes}`,
  );
  stepsOf(deployment).forEach(({ title, commands }, at) => {
    const lines = commands(found).map((command) => `       ${command}\n`);
    print(`\n  ${at + 1}. ${title}\n${lines.join('')}`);
  });
}
