import { BASE_PRESETS } from '@aegis/skill-sdk/permissions';

/** The named lists of hosts that a base proposal can begin with. */
export function basePresets(): { name: string; title: string; hosts: string[] }[] {
  return Object.entries(BASE_PRESETS).map(([name, preset]) => ({
    name,
    title: preset.title,
    hosts: preset.network.map((grant) => grant.host),
  }));
}
