import { buildTools } from '../tools/build.ts';
import { toolsFolder } from '../tools/folder.ts';
import { buildKubernetes } from '../tools/kubernetes.ts';
import { step } from './progress.ts';
import { untilStopped } from './until-stopped.ts';

await untilStopped(async () => {
  process.stdout.write(`Tools of the sandbox, in ${toolsFolder()}:\n`);
  const { runsc, engine, image, imageId } = await buildTools(step);
  process.stdout.write(`  gVisor  ${runsc}\n  engine  ${engine}\n  image   ${image}\n          ${imageId}\n`);
  const { apiserver, etcd, helm } = await buildKubernetes(step);
  process.stdout.write(`Kubernetes API, for tests:\n  ${apiserver}\n  ${etcd}\n  ${helm}\n`);
  return 'ended';
});
