/** What the front hands requests to; the registry alone when there are no pages. */
interface Behind {
  API: { fetch(request: Request, init?: RequestInit): Promise<Response> };
  PAGES?: { fetch(request: Request, init?: RequestInit): Promise<Response> };
}

/**
 * The one origin of a laptop: what a zone's routes do on Cloudflare. The registry's paths go straight to it, everything
 * else to the dashboard. A client's own word about its address is replaced, as the platform would.
 */
export default {
  fetch(request: Request, { API, PAGES = API }: Behind): Promise<Response> {
    const headers = new Headers(request.headers);
    headers.set('cf-connecting-ip', '127.0.0.1');
    const isForRegistry = /^[a-z]+:\/\/[^/]+\/(api|\.well-known)\//.test(request.url);
    return (isForRegistry ? API : PAGES).fetch(request, { headers });
  },
};
