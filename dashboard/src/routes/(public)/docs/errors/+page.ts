import { errorCodes } from '@aegis/skill-sdk/errors';
import type { PageLoad } from './$types';

export const load: PageLoad = () => ({ title: 'Errors', codes: errorCodes() });
