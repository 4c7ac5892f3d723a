import adapter from '@sveltejs/adapter-cloudflare';
import { sveltekit } from '@sveltejs/kit/vite';
import { defaultClientConditions, defaultServerConditions, defineConfig } from 'vite';

export default defineConfig({
  plugins: [
    sveltekit({
      adapter: adapter({ config: 'wrangler.toml' }),
      csp: {
        mode: 'auto',
        directives: {
          'default-src': ['self'],
          'script-src': ['self'],
          'style-src': ['self'],
          // Server-rendered style attributes: widths of bars and places of floating parts. No style element is inline.
          'style-src-attr': ['unsafe-inline'],
          'img-src': ['self', 'data:'],
          'font-src': ['self'],
          'connect-src': ['self'],
          'object-src': ['none'],
          'base-uri': ['none'],
          'form-action': ['self'],
          'frame-ancestors': ['none'],
        },
      },
      // The registry checks Origin itself; Kit's own check would refuse uploads of clients that send none.
      csrf: { trustedOrigins: ['*'] },
      // Every style is one cached file; nothing is inlined into pages, so the policy above needs no exception.
      inlineStyleThreshold: 0,
    }),
  ],
  // The workspace's sdk is read from its source.
  resolve: { conditions: ['aegis-source', ...defaultClientConditions] },
  ssr: { resolve: { conditions: ['aegis-source', ...defaultServerConditions] } },
});
