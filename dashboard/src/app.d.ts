import type { AegisError } from '@aegis/skill-sdk/errors';
import type { Me } from '@aegis/skill-sdk/wire/people';
import type { Api } from '$lib/server/api.ts';

declare global {
  namespace App {
    interface Error {
      message: string;
      /** Stable code of the registry's error table. */
      code?: string;
      requestId?: string;
    }
    interface Locals {
      /** The registry as the person of this request sees it. */
      api: Api;
      /** Null: nobody is signed in. */
      me: Me | null;
      /** Why it is not known who is signed in. */
      trouble: AegisError | null;
    }
    interface PageData {
      /** What the tab is called; the layout adds the product's name. */
      title?: string;
      /** The way here from the scope, for the breadcrumb. */
      trail?: { text: string; href: string }[];
    }
    interface Platform {
      env: { API: { fetch: typeof fetch } };
    }
  }
}
