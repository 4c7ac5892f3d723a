import { defineCommand } from './command.ts';
import { openRegistry, registryOptions } from './registry.ts';
import { expiryOf } from './show-expiry.ts';
import { columns, plain } from './terminal.ts';

/** `aegis whoami`. */
export const whoami = defineCommand({
  usage: 'whoami',
  summary: 'Show who you are at the registry, and what you may do there',
  arguments: { min: 0, max: 0 },
  options: { registry: registryOptions.registry },
  examples: [['aegis whoami', 'At the registry of the last login']],
  async run({ io, values, print, paint, result, warn }) {
    const { url, client } = await openRegistry(io, values.registry, warn);
    const me = await client.me();
    result({ registry: url, ...me });
    print(`${paint('bold', plain(me.name))}${me.email === null ? '' : ` <${plain(me.email)}>`} at ${url}`);
    print(
      paint(
        'dim',
        `  ${me.kind === 'key' ? 'API key' : me.kind} ${me.id}${me.platformRole === null ? '' : `, ${me.platformRole} of the platform`}`,
      ),
    );
    if (me.scopes !== null) print(paint('dim', `  may: ${me.scopes.join(', ')}`));
    const expiry = expiryOf(me, io.now());
    if (expiry !== null) print(paint('dim', `  ${expiry.text}`));
    if (expiry !== null && expiry.warning !== null) warn(`${paint('yellow', '!')} ${expiry.warning}`);
    const rows = me.tenants.map(({ slug, name, role, id }) => [slug, role, plain(name), id]);
    if (rows.length > 0) print(`\n${columns(rows, '  ').trimEnd()}`);
    return 0;
  },
});
