import type { Me } from '@aegis/skill-sdk/wire/people';
import type { IconName } from './components/icons.ts';
import { adminPaths, tenantPaths } from './paths.ts';

/** One place in the rail. `key` is pressed after G. */
export interface Place {
  text: string;
  short: string;
  href: string;
  icon: IconName;
  key: string;
  count?: number | null;
  /** Another path that belongs to this place. */
  also?: string;
  /** The right, as the registry lists it in `me.can`, without which the place is left out. */
  needs?: string;
}

/** What the rail counts; null where it is not known. */
export interface Counts {
  skills?: number | null;
  agents?: number | null;
  members?: number | null;
  reviews?: number | null;
}

/** The places of one tenant that the registry lets this person see. */
export function tenantPlaces(tenantId: string, rights: readonly string[], counts: Counts): Place[] {
  const to = tenantPaths(tenantId);
  const places: Place[] = [
    { text: 'Overview', short: 'Overview', href: to.overview(), icon: 'home', key: 'O' },
    { text: 'Skills', short: 'Skills', href: to.skills(), icon: 'skill', key: 'S', count: counts.skills ?? null },
    { text: 'Agents', short: 'Agents', href: to.agents(), icon: 'agent', key: 'N', count: counts.agents ?? null },
    { text: 'Blocked requests', short: 'Blocked', href: to.blocked(), icon: 'blocked', key: 'B' },
    { text: 'Members', short: 'Members', href: to.members(), icon: 'people', key: 'M', count: counts.members ?? null },
    { text: 'Keys', short: 'Keys', href: to.keys(), icon: 'key', key: 'K', needs: 'key:read' },
    { text: 'Audit', short: 'Audit', href: to.audit(), icon: 'log', key: 'A', needs: 'audit:read' },
  ];
  return places.filter((place) => place.needs === undefined || rights.includes(place.needs));
}

/** The places of the platform that the registry lets this person see. */
export function adminPlaces(rights: readonly string[], counts: Counts): Place[] {
  const places: Place[] = [
    {
      text: 'Reviews',
      short: 'Reviews',
      href: adminPaths.reviews(),
      icon: 'review',
      also: adminPaths.base(''),
      key: 'R',
      count: counts.reviews ?? null,
    },
    { text: 'Skills', short: 'Skills', href: adminPaths.skills(), icon: 'skill', key: 'S' },
    { text: 'Blocked requests', short: 'Blocked', href: adminPaths.blocked(), icon: 'blocked', key: 'B' },
    { text: 'Clusters', short: 'Clusters', href: adminPaths.clusters(), icon: 'cluster', key: 'C' },
    { text: 'Tenants', short: 'Tenants', href: adminPaths.tenants(), icon: 'people', key: 'T' },
    { text: 'Audit', short: 'Audit', href: adminPaths.audit(), icon: 'log', key: 'A', needs: 'audit:read' },
  ];
  return places.filter((place) => place.needs === undefined || rights.includes(place.needs));
}

/** One scope of the shell: a tenant, or the platform. */
export interface Scope {
  id: string;
  name: string;
  role: string;
  href: string;
}

/** Every scope that this person can stand in; the platform first. */
export function scopesOf(me: Me): Scope[] {
  const platform: Scope[] =
    me.platformRole === null
      ? []
      : [{ id: 'platform', name: 'Platform', role: `platform ${me.platformRole}`, href: adminPaths.reviews() }];
  return [
    ...platform,
    ...me.tenants.map((tenant) => ({
      id: tenant.id,
      name: tenant.name,
      role: `tenant ${tenant.role}`,
      href: tenantPaths(tenant.id).overview(),
    })),
  ];
}

/** The place of a path: the longest one that it begins with. */
export function placeOf(places: readonly Place[], path: string): Place | undefined {
  return places
    .filter(
      ({ href, also }) => path === href || path.startsWith(`${href}/`) || (also !== undefined && path.startsWith(also)),
    )
    .sort((left, right) => right.href.length - left.href.length)[0];
}
