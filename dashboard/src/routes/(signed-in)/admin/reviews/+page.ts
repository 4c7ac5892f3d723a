import type { PageLoad } from './$types';

/** The queue itself is read by the layout, which counts it. */
export const load: PageLoad = () => ({ title: 'Reviews' });
