/** One line at the foot of the page: what was done, with at most one thing to do next. */
export interface Toast {
  id: number;
  text: string;
  link?: { href: string; text: string };
}

const SHOWN_MS = 6_000;
let nextId = 1;
export const toasts = $state<Toast[]>([]);

/** Says that something was done; gone after 6 s. */
export function toast(text: string, link?: { href: string; text: string }): void {
  const id = nextId++;
  toasts.push(link === undefined ? { id, text } : { id, text, link });
  setTimeout(() => closeToast(id), SHOWN_MS);
}

export function closeToast(id: number): void {
  const index = toasts.findIndex((entry) => entry.id === id);
  if (index >= 0) toasts.splice(index, 1);
}
