import { AegisError } from '@aegis/skill-sdk/errors';
import { z } from 'zod';
import { namesOf } from './deployment-config.ts';
import { AGAIN, type Deployment, type Step } from './deployment-step.ts';
import { spell, type Wrangler, wranglerFailure } from './wrangler.ts';

const Databases = z.array(z.object({ uuid: z.string(), name: z.string() }));

export function database({ wrangler, options }: Deployment): Step {
  const { database: name } = namesOf(options.name);
  const list = ['d1', 'list', '--json'];
  const create = ['d1', 'create', name];
  const find = async () => Databases.parse(await wrangler.json(list)).find((one) => one.name === name)?.uuid ?? null;
  return {
    title: `Database ${name} (D1)`,
    commands: () => [spell(list), `${spell(create)}   # unless it is there`],
    async run(found) {
      const known = await find();
      if (known === null) await wrangler.run(create);
      const id = known ?? (await find());
      if (id === null)
        throw new AegisError('USAGE', { detail: `${spell(create)} made no database that the list names.` });
      found.databaseId = id;
      return known === null ? 'made' : 'is there';
    },
    undo: () => `${AGAIN} To take an empty database away: ${spell(['d1', 'delete', name])}`,
  };
}

export function bucket({ wrangler, options }: Deployment): Step {
  const { bucket: name } = namesOf(options.name);
  return lookOrMake(wrangler, {
    title: `Bucket ${name} (R2)`,
    look: ['r2', 'bucket', 'info', name, '--json'],
    make: ['r2', 'bucket', 'create', name],
    remove: ['r2', 'bucket', 'delete', name],
  });
}

export function queue({ wrangler, options }: Deployment, at: 0 | 1): Step {
  const name = namesOf(options.name).queues[at];
  return lookOrMake(wrangler, {
    title: `Queue ${name}`,
    look: ['queues', 'info', name],
    make: ['queues', 'create', name],
    remove: ['queues', 'delete', name],
  });
}

/** What wrangler says of a bucket or queue that is not there; anything else that it says is a failure. */
const IS_MISSING = /does not exist|not found|\b1000[67]\b/i;

function lookOrMake(
  wrangler: Wrangler,
  { title, look, make, remove }: { title: string; look: string[]; make: string[]; remove: string[] },
): Step {
  return {
    title,
    commands: () => [spell(look), `${spell(make)}   # unless it is there`],
    async run() {
      const answer = await wrangler.ask(look);
      if (answer.code === 0) return 'is there';
      if (!IS_MISSING.test(answer.output)) throw wranglerFailure(look, answer);
      await wrangler.run(make);
      return 'made';
    },
    undo: () => `${AGAIN} To take an empty one away: ${spell(remove)}`,
  };
}
