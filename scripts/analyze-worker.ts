import { analyze, reportBytes } from '@aegis/skill-sdk/analyze';
import { unpack } from '@aegis/skill-sdk/archive';
import { checkPackage } from '@aegis/skill-sdk/manifest';

/** The analyzer by itself, as a Worker: a package comes in, the bytes of its report go out. For measurements and tests. */
export default {
  async fetch(request: Request): Promise<Response> {
    const files = unpack(new Uint8Array(await request.arrayBuffer()));
    const { manifest } = checkPackage(files);
    return new Response(reportBytes(await analyze({ files, manifest })).slice());
  },
};
