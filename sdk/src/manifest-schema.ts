import { z } from 'zod';
import { ManifestShape } from './manifest-shape.ts';

/**
 * The JSON Schema of `manifest.yaml`, for editors: it completes keys and shows what each one means. It is looser than
 * `checkManifest`, which is the truth. Draft 7, because that is what editors read.
 */
export function manifestSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(ManifestShape, { target: 'draft-7', io: 'input' });
  return { $schema, title: 'Manifest of an Aegis skill', ...schema };
}
