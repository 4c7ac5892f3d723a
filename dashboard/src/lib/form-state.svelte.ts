import { AegisError, type Problem, toProblem } from '@aegis/skill-sdk/errors';
import type { SubmitFunction } from '@sveltejs/kit';
import { toast } from './toast.svelte.ts';

const UNANSWERED = 'It is not known whether this was done. Look at the list before trying again.';

/** What an action answers when the registry refused. */
export interface Refusal {
  problem: Problem;
}

/** What happens after the registry agreed. */
export interface FormOptions {
  /** The toast's words; from the answer where they depend on it. */
  done?: string | ((data: Record<string, unknown>) => string);
  onDone?: (data: Record<string, unknown>) => void;
  /** Keeps what was typed. Default: the form is emptied. */
  keep?: boolean;
}

/** One form: whether it is being sent, and what the registry said against it. `submit` is for `use:enhance`. */
export class FormState {
  busy = $state(false);
  problem = $state<Problem | null>(null);
  readonly #options: FormOptions;

  constructor(options: FormOptions = {}) {
    this.#options = options;
  }

  submit: SubmitFunction = () => {
    this.busy = true;
    this.problem = null;
    return async ({ result, update }) => {
      if (result.type === 'failure') {
        // The page's own `form` stays as it is: it tells a browser without scripts what this tells the others.
        this.problem = (result.data as Refusal | undefined)?.problem ?? null;
      } else if (result.type === 'error') {
        // No answer, or none that can be read: what was typed stays, instead of an error page in its place.
        this.problem = toProblem(new AegisError('UNAVAILABLE', { detail: UNANSWERED }));
      } else {
        await update({ reset: this.#options.keep !== true });
        if (result.type === 'success' || result.type === 'redirect') {
          this.#finish(result.type === 'success' ? (result.data ?? {}) : {});
        }
      }
      this.busy = false;
    };
  };

  #finish(data: Record<string, unknown>): void {
    const { done, onDone } = this.#options;
    if (done !== undefined) toast(typeof done === 'string' ? done : done(data));
    onDone?.(data);
  }
}
