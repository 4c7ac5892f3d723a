/** A browser without pages: keeps cookies per origin and goes where it is sent, one step at a time. */
export class Wanderer {
  readonly #cookies = new Map<string, Map<string, string>>();

  async fetch(address: string, init: RequestInit = {}): Promise<Response> {
    const { origin } = new URL(address);
    const jar = this.#cookies.get(origin) ?? new Map<string, string>();
    this.#cookies.set(origin, jar);
    const headers = new Headers(init.headers);
    if (jar.size > 0) headers.set('cookie', this.cookies(origin));
    const answer = await fetch(address, { ...init, headers, redirect: 'manual' });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = '', ...flags] = line.split('; ');
      const name = pair.slice(0, pair.indexOf('='));
      const ends = flags.some((flag) => /^max-age=0$/i.test(flag) || /^expires=Thu, 01 Jan 1970/i.test(flag));
      if (ends) jar.delete(name);
      else jar.set(name, pair.slice(pair.indexOf('=') + 1));
    }
    return answer;
  }

  cookies(origin: string): string {
    return [...(this.#cookies.get(origin) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** Signs in at the provider; returns the address that it sends the browser back to, not visited yet. */
  async throughProvider(address: string, home: string): Promise<string> {
    let next = address;
    for (let steps = 0; steps < 12; steps++) {
      if (next.startsWith(home)) return next;
      const answer = await this.fetch(next, {
        method: new URL(next).pathname.startsWith('/interaction/') ? 'POST' : 'GET',
      });
      const location = answer.headers.get('location');
      if (location === null) throw new Error(`${next}: ${answer.status} ${await answer.text()}`);
      next = new URL(location, next).href;
    }
    throw new Error(`lost on the way from ${address}`);
  }
}
